"""The model is paused while the object is there: a message and no call, and no change where S3 doesn't answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from examples.sitechat_app import pause
from examples.sitechat_app.pause import KEPT_SECONDS, PauseSwitch, s3_client
from examples.sitechat_app.settings import PausedObject
from tests.examples.sitechat_app.conftest import aws_variables
from tests.examples.sitechat_app.loopback_aws import PAUSED, LoopbackAws, Script
from tests.examples.sitechat_app.running_app import RunningApp, text_of, without_keepalive

QUESTION = "What is the price of a ticket?"
WHERE = PausedObject("garden-switches", "model/paused.json")
OBJECT = f"arn:aws:s3:::{WHERE.bucket}/{WHERE.key}"


@pytest.fixture(scope="module")
def app(loopback_aws: LoopbackAws) -> Iterator[RunningApp]:
    loopback_aws.script = Script(paused_status=200)
    loopback_aws.received.clear()
    app = RunningApp(**aws_variables(loopback_aws.endpoint), SITECHAT_PAUSED_OBJECT=OBJECT)
    yield app
    app.kill()


class Clock:
    """A clock that a test sets."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def aws(loopback_aws: LoopbackAws) -> LoopbackAws:
    loopback_aws.script = Script()
    loopback_aws.received.clear()
    return loopback_aws


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(pause, "time", clock)
    return clock


@pytest.fixture
def switch(aws: LoopbackAws, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> PauseSwitch:
    for name, value in aws_variables(aws.endpoint).items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    return PauseSwitch(s3_client("eu-west-1"), WHERE)


def test_while_paused_it_says_so_and_calls_no_model(app: RunningApp, loopback_aws: LoopbackAws) -> None:
    message, done = without_keepalive(app.answer(QUESTION))
    assert (message[0], message[1]["code"], done[0]) == ("message", "paused", "done")
    assert "Garden {x}" in message[1]["text"]
    assert [each.path for each in loopback_aws.received] == [PAUSED]
    entry = app.logged("answer")
    assert (entry["level"], entry["outcome"]) == ("INFO", "paused")


def test_health_stays_as_it_is_while_paused(app: RunningApp) -> None:
    assert app.request("GET", "/health").status == 200


def test_without_the_object_it_answers(aws: LoopbackAws) -> None:
    app = RunningApp(**aws_variables(aws.endpoint), SITECHAT_PAUSED_OBJECT=OBJECT)
    try:
        assert text_of(without_keepalive(app.answer(QUESTION))) == "Twelve euros."
    finally:
        app.kill()


def test_pause_and_its_end_are_heard_of_within_a_minute(switch: PauseSwitch, aws: LoopbackAws, clock: Clock) -> None:
    assert KEPT_SECONDS < 60
    assert not switch.is_on()
    aws.script.paused_status = 200
    clock.now += KEPT_SECONDS - 1
    assert not switch.is_on()
    clock.now += 1
    assert switch.is_on()
    aws.script.paused_status = 404
    clock.now += KEPT_SECONDS
    assert not switch.is_on()
    assert [each.path for each in aws.received] == [PAUSED] * 3


@pytest.mark.parametrize("paused", [True, False])
def test_without_an_answer_it_stays_as_it_was(
    paused: bool, switch: PauseSwitch, aws: LoopbackAws, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    aws.script.paused_status = 200 if paused else 404
    assert switch.is_on() is paused
    aws.script.paused_status = 403
    clock.now += KEPT_SECONDS
    assert switch.is_on() is paused
    (record,) = [each for each in caplog.records if each.getMessage() == "pause unknown"]
    assert record.fields == {"reason": "AccessDenied", "paused": paused}  # type: ignore[attr-defined]
