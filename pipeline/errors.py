"""What people are told: exit codes, the exception that is shown as a message, counts, and the command that is next."""

from __future__ import annotations

import errno
import shlex
from enum import IntEnum

# Errors of the system for a full disk, an exhausted quota, and a file too large.
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# And for what this user may not do on this machine.
NO_RIGHTS = (errno.EACCES, errno.EPERM, errno.EROFS)


class ExitCode(IntEnum):
    """Exit codes of `sitechat`. Scripts and CI rely on these numbers (docs/exit-codes.md)."""

    OK = 0
    BUG = 1
    USAGE = 2
    MISSING = 3
    GATE = 4
    REFUSED = 5
    FAILED = 6
    LOCKED = 7
    INCOMPLETE = 8
    CHANGES = 10
    INTERRUPTED = 130


class SitechatError(Exception):
    """An error that a person can act on: printed as one message, with `hint` as the next step.

    Any other exception that leaves a command is a bug, and exits 1.
    """

    def __init__(self, message: str, *, hint: str = "", code: ExitCode) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code


def counted(number: int, noun: str, nouns: str = "") -> str:
    """A number with its noun: "1 layer", "2 layers". `nouns` is the plural where an s doesn't make it."""
    return f"{number:,} {noun if number == 1 else nouns or f'{noun}s'}"


def again(command: str, env_ref: str, *options: str) -> str:
    """A command to type as it stands, for hints: `again("plan", "dev")` is "sitechat plan --env dev".

    `env_ref` is the value of --env as it was given, a name or a file. `options` follow it, and are quoted already.
    """
    return " ".join(["sitechat", command, "--env", shlex.quote(env_ref), *options])
