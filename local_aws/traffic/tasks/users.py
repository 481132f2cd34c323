"""The user of a container's process: the one it names, where this process may become it and it could read its files."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Account:
    """A user and a group by number."""

    user: int
    group: int


def account_of(wanted: str, read: Iterable[Path]) -> tuple[Account | None, str]:
    """The account of `USER[:GROUP]` if it can be had, else None with a note why; None and no note if none is wanted.

    `read` are files and folders that the process must reach.
    """
    if not wanted or wanted.partition(":")[0] in ("0", "root"):
        return None, ""
    user, _, group = wanted.partition(":")
    if not user.isdecimal() or (group and not group.isdecimal()):
        return None, f"tasks run as the user of the emulated AWS: user {wanted} has no number"
    if os.geteuid() != 0:
        return None, f"tasks run as the user of the emulated AWS, which can't become user {wanted}"
    closed = next((path for each in read for path in _closed(each)), None)
    if closed is not None:
        return None, f"tasks run as root: user {wanted} couldn't reach {closed}"
    return Account(int(user), int(group or user)), ""


def _closed(path: Path) -> list[Path]:
    """Folders on the way to a path, links followed, that others than their owner and group can't pass."""
    real = path.resolve()
    return [each for each in (*reversed(real.parents), real) if not each.stat().st_mode & stat.S_IXOTH]
