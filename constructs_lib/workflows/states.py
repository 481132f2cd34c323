"""States of a state machine in JSONata, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

State = dict[str, Any]
# Errors that go away: what the other side called busy, and Lambda's own (Step Functions guide, "Handle transient Lambda
# service exceptions"; throttling by the account's quota).
TRANSIENT = (
    "Busy",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
)
_RETRY = {"IntervalSeconds": 2, "MaxAttempts": 7, "BackoffRate": 2, "MaxDelaySeconds": 120, "JitterStrategy": "FULL"}
ANSWER = "$states.result.Payload"
INPUT = "$states.input"


def query(text: str) -> str:
    """A JSONata expression."""
    return f"{{% {text} %}}"


@dataclass(frozen=True)
class Invocation:
    """Calls of Lambda functions in one partition, repeated ever later while they are busy."""

    partition: str
    timeout_seconds: int = 910
    catch: Sequence[Mapping[str, Any]] = ()

    def state(
        self,
        function_arn: str,
        payload: Mapping[str, Any] | str,
        *,
        then: str | None,
        assign: Mapping[str, Any] | None = None,
        output: Any = None,
        catch: Sequence[Mapping[str, Any]] = (),
    ) -> State:
        """State that calls a function with this payload and goes on to `then`, or ends where that is None."""
        found: State = {
            "Type": "Task",
            "Resource": f"arn:{self.partition}:states:::lambda:invoke",
            "Arguments": {
                "FunctionName": function_arn,
                "Payload": dict(payload) if isinstance(payload, Mapping) else payload,
            },
            "TimeoutSeconds": self.timeout_seconds,
            "Retry": [{"ErrorEquals": list(TRANSIENT), **_RETRY}],
        }
        if assign:
            found["Assign"] = dict(assign)
        if output is not None:
            found["Output"] = output
        if caught := [*catch, *self.catch]:
            found["Catch"] = [dict(each) for each in caught]
        return found | ({"Next": then} if then else {"End": True})


def caught(errors: Sequence[str], then: str, **fields: Any) -> State:
    """A `Catch` of these errors."""
    return {"ErrorEquals": list(errors), **fields, "Next": then}


def choice(*conditions: tuple[str, str], otherwise: str) -> State:
    """State that goes where the first condition that holds leads."""
    choices = [{"Condition": query(condition), "Next": then} for condition, then in conditions]
    return {"Type": "Choice", "Choices": choices, "Default": otherwise}


def failing(error: str, cause: str, then: str) -> State:
    """State that sets the variable `error` as a failed task would have."""
    return {"Type": "Pass", "Assign": {"error": {"Error": error, "Cause": cause}}, "Next": then}


@dataclass(frozen=True)
class Every:
    """A map over pages: `items` are in the state, or `reader` finds them in S3 and each page is an execution."""

    processor: Mapping[str, State]
    start: str
    selector: Mapping[str, str]
    concurrency: int
    items: str = ""
    reader: Mapping[str, Any] = field(default_factory=dict)
    tolerated_failures_percent: int = 0

    def state(self, *, then: str, catch: Sequence[Mapping[str, Any]]) -> State:
        """The map as a state."""
        where: State = {"Mode": "INLINE"}
        source: State = {"Items": query(self.items)}
        if self.reader:
            where = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
            source = {
                "ItemReader": dict(self.reader),
                "ToleratedFailurePercentage": self.tolerated_failures_percent,
                "Label": "pages",
            }
        return {
            "Type": "Map",
            **source,
            "ItemSelector": dict(self.selector),
            "MaxConcurrency": self.concurrency,
            "ItemProcessor": {"ProcessorConfig": where, "StartAt": self.start, "States": dict(self.processor)},
            "Catch": [dict(each) for each in catch],
            "Next": then,
        }
