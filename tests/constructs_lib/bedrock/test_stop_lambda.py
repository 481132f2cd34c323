"""The function that stops the model: it does all it can, once or twice, and says what it couldn't do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from constructs_lib.bedrock.stop_lambda.handler import NotStoppedError, Stop, stop

POLICY = "arn:aws:iam::111111111111:policy/model-stop"
STOP = Stop(
    bucket="switches",
    object="model/paused.json",
    owner="111111111111",
    topic="arn:aws:sns:us-east-1:111111111111:alarms",
    site="site dev",
    resume="sitechat bedrock resume --env dev",
    policy=POLICY,
    roles=("task", "embed"),
)
RINGS = {
    "source": "aws.cloudwatch",
    "alarmData": {
        "alarmName": "site-dev-stop-model",
        "state": {"value": "ALARM", "reason": "Threshold Crossed:\n 1 datapoint [9000.0]"},
    },
}


class Aws:
    """Clients that note their calls, and fail as they are told."""

    def __init__(self, failing: dict[str, Exception] | None = None) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._failing = failing or {}

    def client(self, service_name: str, **options: Any) -> Any:
        return self

    def __getattr__(self, operation: str) -> Callable[..., None]:
        def call(**given: Any) -> None:
            self.calls.append((operation, given))
            key = f"{operation}:{given['RoleName']}" if "RoleName" in given else operation
            if key in self._failing:
                raise self._failing[key]

        return call

    def of(self, operation: str) -> list[dict[str, Any]]:
        return [given for name, given in self.calls if name == operation]


def refused(code: str, text: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": text}}, "Any")


def test_it_pauses_denies_and_tells_who_why_and_how_to_undo() -> None:
    aws = Aws()
    stop(RINGS, STOP, aws)
    (put,) = aws.of("put_object")
    assert (put["Bucket"], put["Key"], put["ExpectedBucketOwner"]) == ("switches", "model/paused.json", "111111111111")
    assert put["IfNoneMatch"] == "*"
    assert b"the alarm site-dev-stop-model" in put["Body"]
    assert aws.of("attach_role_policy") == [{"RoleName": each, "PolicyArn": POLICY} for each in ("task", "embed")]
    (mail,) = aws.of("publish")
    assert (mail["TopicArn"], mail["Subject"]) == (STOP.topic, "The model is denied in site dev")
    for told in (
        "the alarm site-dev-stop-model stopped the model",
        "Threshold Crossed: 1 datapoint [9000.0]",
        "`sitechat bedrock resume --env dev`",
        "docs/runbooks/model-spend.md",
    ):
        assert told in mail["Message"]


def test_a_stop_that_only_pauses_attaches_nothing() -> None:
    aws = Aws()
    stop(RINGS, Stop("switches", "model/paused.json", "1", "topic", "site dev", "resume"), aws)
    assert [name for name, _ in aws.calls] == ["put_object", "publish"]
    assert aws.of("publish")[0]["Subject"] == "The model is paused in site dev"


@pytest.mark.parametrize("code", ["PreconditionFailed", "ConditionalRequestConflict"])
def test_a_pause_that_stands_stays_and_models_are_denied(code: str) -> None:
    aws = Aws({"put_object": refused(code)})
    stop(RINGS, STOP, aws)
    assert len(aws.of("attach_role_policy")) == 2
    assert "It was paused already." in aws.of("publish")[0]["Message"]


def test_a_role_that_no_layer_has_made_is_no_failure() -> None:
    missing = refused("NoSuchEntity", "The role with name embed cannot be found.")
    aws = Aws({"attach_role_policy:embed": missing})
    stop(RINGS, STOP, aws)
    assert "There is no embed." in aws.of("publish")[0]["Message"]


@pytest.mark.parametrize(
    ("failing", "error"),
    [
        ("put_object", refused("AccessDenied")),
        ("attach_role_policy:task", refused("AccessDenied")),
        ("attach_role_policy:task", refused("NoSuchEntity", f"Policy {POLICY} does not exist or is not attachable.")),
        ("publish", refused("KMSAccessDenied")),
        ("publish", TimeoutError()),
    ],
)
def test_whatever_fails_the_rest_is_done_and_lambda_tries_again(failing: str, error: Exception) -> None:
    aws = Aws({failing: error})
    with pytest.raises(NotStoppedError):
        stop(RINGS, STOP, aws)
    assert [name for name, _ in aws.calls] == ["put_object", "attach_role_policy", "attach_role_policy", "publish"]
    if failing != "publish":
        assert "NOT DONE: " in aws.of("publish")[0]["Message"]


@pytest.mark.parametrize("event", [{}, None, [], {"alarmData": "x"}, {"alarmData": {"state": None}}])
def test_a_call_that_no_alarm_made_stops_as_well(event: object) -> None:
    aws = Aws()
    stop(event, STOP, aws)
    assert len(aws.of("attach_role_policy")) == 2
