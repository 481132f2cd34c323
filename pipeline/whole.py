"""Files and folders replaced as a whole: written beside their place, then renamed into it."""

from __future__ import annotations

import ctypes
import errno
import os
import secrets
import shutil
import stat
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

# Folders that are being written, or that hold what was replaced. After an hour they belong to a run that was killed.
DRAFT = ".synth-"
DRAFT_SECONDS = 3600
# Another command may put a folder in the place, or take it away, between two steps.
TRIES = 3
# Linux: renameat2(2), macOS: renamex_np(2).
_AT_FDCWD, _RENAME_EXCHANGE, _RENAME_SWAP = -100, 2, 2
_WITHOUT_EXCHANGE = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)

Strangers = Callable[[Path], Sequence[str]]


class StrangersError(Exception):
    """The folder holds what would be lost by replacing it: `names`, relative to it."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(", ".join(names))
        self.names = tuple(names)


def new_draft(parent: Path) -> Path:
    """Path of a folder beside the place of the result, which doesn't exist yet."""
    return parent / f"{DRAFT}{secrets.token_hex(6)}"


def replace_file(path: Path, content: bytes) -> None:
    """Write a file: the old one stays until the new one is whole. A link keeps leading to the file that it leads to."""
    place = path.resolve()
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{secrets.token_hex(6)}")
    try:
        draft.write_bytes(content)
        if place.exists():
            shutil.copymode(place, draft)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)


def replace_folder(source: Path, target: Path, strangers: Strangers) -> None:
    """Move the folder `source` to `target`, in place of what is there: the old or the new is there at any moment.

    `strangers` names what of a folder must not be lost; raises StrangersError for it, and OSError where nothing can be
    written. What is the same already is left alone.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = new_draft(target.parent)
    try:
        _move(source, draft)
        _put(draft, target, strangers)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def sweep(parent: Path, strangers: Strangers) -> None:
    """Remove drafts of killed runs in `parent`, except those that hold what must not be lost."""
    with suppress(OSError):
        for path in parent.glob(f"{DRAFT}*"):
            old = time.time() - path.lstat().st_mtime > DRAFT_SECONDS
            if old and path.is_dir() and not path.is_symlink() and not strangers(path):
                shutil.rmtree(path, ignore_errors=True)


def _put(draft: Path, target: Path, strangers: Strangers) -> None:
    for last in (*[False] * (TRIES - 1), True):
        try:
            mode = _mode(target)
            if mode is None:
                draft.rename(target)
                return
            if not stat.S_ISDIR(mode):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(target))
            _refuse(strangers(target))
            if _same(draft, target):
                return
            draft.chmod(stat.S_IMODE(mode))
            _exchange(draft, target)
        except OSError as error:
            if last or error.errno not in (errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST):
                raise
        else:
            _take_back(draft, target, strangers)
            return


def _mode(path: Path) -> int | None:
    """Kind and rights of what is there, a link itself included; None where there is nothing."""
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return None


def _take_back(draft: Path, target: Path, strangers: Strangers) -> None:
    """Undo the exchange where something came into the old folder just before it."""
    if names := strangers(draft):
        _exchange(draft, target)
        raise StrangersError(names)


def _refuse(names: Sequence[str]) -> None:
    if names:
        raise StrangersError(names)


def _move(source: Path, draft: Path) -> None:
    try:
        source.rename(draft)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copytree(source, draft, symlinks=True)


def _same(one: Path, other: Path) -> bool:
    """Whether two folders hold the same files, byte for byte."""
    names = _files(one)
    return names == _files(other) and all((one / name).read_bytes() == (other / name).read_bytes() for name in names)


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def _exchange(one: Path, other: Path) -> None:
    """Exchange two folders in one step where the system can, else in three: a kill may then leave neither there."""
    try:
        _exchange_at_once(os.fsencode(one), os.fsencode(other))
    except OSError as error:
        if error.errno not in _WITHOUT_EXCHANGE:
            raise
        aside = new_draft(one.parent)
        other.rename(aside)
        try:
            one.rename(other)
        except OSError:
            aside.rename(other)
            raise
        aside.rename(one)


def _exchange_at_once(one: bytes, other: bytes) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "darwin" and hasattr(library, "renamex_np"):
        failed = library.renamex_np(one, other, _RENAME_SWAP)
    elif hasattr(library, "renameat2"):
        failed = library.renameat2(_AT_FDCWD, one, _AT_FDCWD, other, _RENAME_EXCHANGE)
    else:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if failed:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), os.fsdecode(other))
