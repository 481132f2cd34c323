"""What a shim is: a few operations of one service, stored and returned, for what the emulators lack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from local_aws.messages import Request, Response, error, json_response, not_implemented

Handler = Callable[[Request, dict[str, Any]], Mapping[str, Any]]


class ShimError(Exception):
    """An error the real service would answer with."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class Shim:
    """Answers the operations it knows; the rest goes to an emulator, or is refused where no emulator has the service.

    One lock per shim: a shim's operations take microseconds, and half-written state would be worse than waiting.
    """

    service: str
    whole = False
    """Whether this is the whole service: operations it doesn't know are then answered with 501."""

    def __init__(self) -> None:
        self._lock = Lock()

    def handlers(self) -> Mapping[str, Handler]:
        """The operations, by `Request.operation`."""
        raise LookupError(f"{type(self).__name__} names no operations")

    def answer(self, request: Request) -> Response | None:
        """The answer, or None when an emulator should give it."""
        handler = self.handlers().get(request.operation)
        if handler is None:
            return not_implemented(request, "the shim") if self.whole else None
        try:
            with self._lock:
                return json_response(handler(request, request.json()))
        except ShimError as refusal:
            return error(request, refusal.status, refusal.code, str(refusal))
        except (KeyError, ValueError) as problem:
            return error(request, 400, "ValidationException", f"missing or unreadable: {problem}")
