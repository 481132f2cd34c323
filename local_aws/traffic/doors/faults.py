"""Delays and errors on demand: what a test tells the Bedrock door to do to the next requests."""

from __future__ import annotations

from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from typing import Any

from local_aws.traffic.doors.asgi import AwsError

# HTTP status of each error before an answer begins, and its name in the middle of a stream (botocore, ConverseStream).
# Errors without such a name end a stream as an internal error.
STATUS = {
    "AccessDeniedException": 403,
    "InternalServerException": 500,
    "ModelErrorException": 424,
    "ModelNotReadyException": 429,
    "ModelStreamErrorException": 424,
    "ModelTimeoutException": 408,
    "ServiceQuotaExceededException": 400,
    "ServiceUnavailableException": 503,
    "ThrottlingException": 429,
    "ValidationException": 400,
}
_MESSAGES = {
    "ThrottlingException": "Too many requests, please wait before trying again.",
    "ServiceUnavailableException": "Bedrock is unable to process your request.",
    "ModelStreamErrorException": "The system encountered an unexpected error during processing. Try again.",
}
_IN_STREAM = (
    "InternalServerException",
    "ModelStreamErrorException",
    "ServiceUnavailableException",
    "ThrottlingException",
    "ValidationException",
)


@dataclass(frozen=True)
class Fault:
    """What happens to requests to models that match `model` (with `*`).

    Attributes:
        error: an exception of Bedrock; without one only the delays count.
        after_tokens: tokens of a stream before the error; without it the error comes instead of an answer.
        times: requests that it happens to; without it every one.
        first_token_seconds: wait before the first token, or before the error.
        token_seconds: wait before each later token.
    """

    model: str = "*"
    error: str | None = None
    after_tokens: int | None = None
    times: int | None = None
    first_token_seconds: float | None = None
    token_seconds: float | None = None

    @classmethod
    def of(cls, given: dict[str, Any]) -> Fault:
        """A fault as the control API takes it; raises AwsError (ValidationException) for what isn't one."""
        names = {each.name for each in fields(cls)}
        if wrong := sorted(given.keys() - names):
            raise AwsError(400, "ValidationException", f"{', '.join(wrong)}: a fault has {', '.join(sorted(names))}")
        fault = cls(**given)
        if fault.error is not None and fault.error not in STATUS:
            raise AwsError(400, "ValidationException", f"{fault.error}: an error is one of {', '.join(STATUS)}")
        numbers = (fault.after_tokens, fault.times, fault.first_token_seconds, fault.token_seconds)
        if any(isinstance(each, (str, bool, list, dict)) or (each is not None and each < 0) for each in numbers):
            raise AwsError(400, "ValidationException", "tokens, times and seconds are numbers from 0")
        return fault

    @property
    def raised(self) -> AwsError:
        """The error as an answer of its own."""
        error = self.error or "InternalServerException"
        return AwsError(STATUS[error], error, _MESSAGES.get(error, "An error on demand."))

    @property
    def in_stream(self) -> tuple[str, str]:
        """Name and message of the error in the middle of a stream."""
        error = self.error if self.error in _IN_STREAM else "InternalServerException"
        return error[0].lower() + error[1:], _MESSAGES.get(error, "An error on demand.")


class Faults:
    """Faults by name. The first that matches a model happens, in the order they were put."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._left: dict[str, int | None] = {}

    def put(self, name: str, fault: Fault) -> None:
        """Add a fault, or replace the one of this name."""
        self._faults[name], self._left[name] = fault, fault.times

    def delete(self, name: str | None = None) -> None:
        """Remove a fault, or all of them."""
        for each in [name] if name is not None else list(self._faults):
            self._faults.pop(each, None)
            self._left.pop(each, None)

    def left(self) -> dict[str, int | None]:
        """How often each fault will still happen; None for always."""
        return dict(self._left)

    def take(self, model: str) -> Fault:
        """The fault that happens to the next request to a model; one without error and delays where there is none."""
        for name, fault in self._faults.items():
            left = self._left[name]
            if left == 0 or not fnmatchcase(model, fault.model):
                continue
            if left is not None:
                self._left[name] = left - 1
            return fault
        return Fault()
