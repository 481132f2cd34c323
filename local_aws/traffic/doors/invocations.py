"""Invocations of models as CloudWatch counts them, for whoever writes the metrics."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Invocation:
    """One request to a model that ended.

    Attributes:
        model_id: id of the model or inference profile, as the request named it.
        error: the exception's name, empty for an answer; `status` is its HTTP status.
        first_token_seconds: time to the first token of a stream.
    """

    model_id: str
    region: str
    seconds: float
    input_tokens: int = 0
    output_tokens: int = 0
    first_token_seconds: float | None = None
    error: str = ""
    status: int = 200

    @property
    def metrics(self) -> Mapping[str, tuple[float, str]]:
        """Values and units by metric of `AWS/Bedrock`, whose dimension is ModelId ("Runtime metrics", Bedrock guide).

        A throttled request counts neither as an invocation nor as an error.
        """
        if self.error == "ThrottlingException":
            return {"InvocationThrottles": (1, "Count")}
        if self.error:
            return {"InvocationServerErrors" if self.status >= 500 else "InvocationClientErrors": (1, "Count")}
        first = self.first_token_seconds
        return {
            "Invocations": (1, "Count"),
            "InvocationLatency": (self.seconds * 1000, "Milliseconds"),
            "InputTokenCount": (self.input_tokens, "Count"),
            "OutputTokenCount": (self.output_tokens, "Count"),
            **({} if first is None else {"TimeToFirstToken": (first * 1000, "Milliseconds")}),
        }


Observe = Callable[[Invocation], None]


@dataclass
class Measure:
    """A stopwatch on one request; it is reported once, however it ends."""

    model_id: str
    region: str
    observe: Observe
    started: float = field(default_factory=time.monotonic)
    first_token_seconds: float | None = None
    reported: bool = False

    @property
    def milliseconds(self) -> int:
        """Time since the start."""
        return round((time.monotonic() - self.started) * 1000)

    def first_token(self) -> None:
        """Note the time of the first token."""
        self.first_token_seconds = time.monotonic() - self.started

    def answered(self, input_tokens: int, output_tokens: int) -> None:
        """Report an answer."""
        seconds, first = time.monotonic() - self.started, self.first_token_seconds
        self._report(Invocation(self.model_id, self.region, seconds, input_tokens, output_tokens, first))

    def failed(self, error: str, status: int) -> None:
        """Report an error."""
        seconds = time.monotonic() - self.started
        self._report(Invocation(self.model_id, self.region, seconds, error=error, status=status))

    def _report(self, invocation: Invocation) -> None:
        if not self.reported:
            self.reported = True
            self.observe(invocation)
