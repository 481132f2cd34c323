"""The error that callers of the emulated AWS handle."""

from __future__ import annotations


class LocalAwsError(Exception):
    """The emulated AWS could not be started or stopped; `hint` says what to do next."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
