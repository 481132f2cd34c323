"""Exit codes, and the exception that is shown to people as a message instead of a traceback."""

from __future__ import annotations

import errno
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
