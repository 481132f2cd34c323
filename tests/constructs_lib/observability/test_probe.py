from __future__ import annotations

import json

import pytest
from constructs import Construct

from config.place import Place
from constructs_lib.identity.function_role import FunctionNames, FunctionSurroundings
from constructs_lib.observability import probe
from constructs_lib.observability.probe import Probe, ProbeQuestion
from constructs_lib.observability.probe_lambda import handler
from tests.constructs_lib.security.test_code_signing import signing
from tests.support.synthesised import Template, template

KEY = "arn:aws:kms:us-east-1:111111111111:key/1"
TOPIC = "arn:aws:sns:us-east-1:111111111111:alarms"
FUNCTION = "arn:aws:lambda:us-east-1:111111111111:function:probe"


def _built(minutes: int = 5, *, asks: bool = True) -> Template:
    def build(scope: Construct) -> None:
        Probe(
            scope,
            "probe",
            names=FunctionNames("r-probe", "probe", "/app/probe"),
            schedule_role="r-probe-schedule",
            minutes=minutes,
            asks=asks,
            question=ProbeQuestion("chat.example.com", "What is this?", "sitechat-app"),
            signing=signing(scope).signer,
            surroundings=FunctionSurroundings(Place("111111111111", "us-east-1", "aws"), KEY, 30, TOPIC),
        )

    return template(build)


@pytest.fixture(scope="module")
def config() -> Template:
    return _built()


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("handler", "probe_lambda.handler.handle"),
        ("function_name", "probe"),
        ("kms_key_arn", KEY),
        ("timeout", 60),
    ],
)
def test_the_function(config: Template, attribute: str, value: object) -> None:
    assert config.one("aws_lambda_function")[attribute] == value


def test_it_writes_into_its_own_log_group(config: Template) -> None:
    (place,) = config.all("aws_cloudwatch_log_group")
    expected = {"log_format": "JSON", "log_group": f"${{aws_cloudwatch_log_group.{place}.name}}"}
    assert config.one("aws_lambda_function")["logging_config"] == expected


def test_it_is_told_what_the_handler_reads(config: Template) -> None:
    variables = config.one("aws_lambda_function")["environment"]["variables"]
    assert set(variables) == {handler.VARIABLE} == {probe.VARIABLE}
    read = handler.Probe(**json.loads(variables[handler.VARIABLE]))
    assert read == handler.Probe("chat.example.com", "What is this?", "sitechat-app", probe.ASK_SECONDS)
    # The rest is for a cold start's imports and the line.
    assert probe.ASK_SECONDS <= probe.TIMEOUT_SECONDS - 10


def test_it_has_no_way_into_the_vpc_and_no_right_of_its_own(config: Template) -> None:
    assert "vpc_config" not in config.one("aws_lambda_function")
    assert set(config.statements("probe/role/role/access_document")) == {
        "WriteLog",
        "ReadConfiguration",
        "Publish",
        "EncryptForSns",
    }


@pytest.mark.parametrize(
    ("minutes", "asks", "rate", "state"),
    [(1, True, "rate(1 minute)", "ENABLED"), (60, False, "rate(60 minutes)", "DISABLED")],
)
def test_its_schedule_says_how_often(minutes: int, asks: bool, rate: str, state: str) -> None:
    schedule = _built(minutes, asks=asks).one("aws_scheduler_schedule")
    assert (schedule["schedule_expression"], schedule["state"]) == (rate, state)
    assert schedule["kms_key_arn"] == KEY
    # Late is never: the next question comes soon.
    assert json.loads(schedule["target"]["input"]) == {handler.SCHEDULED: "<aws.scheduler.scheduled-time>"}
    assert schedule["target"]["retry_policy"] == {"maximum_event_age_in_seconds": 60, "maximum_retry_attempts": 0}


def test_the_schedule_may_call_this_function_alone(config: Template) -> None:
    statements = config.statements("schedule_role/access_document")
    assert statements["CallFunction"]["actions"] == ["lambda:InvokeFunction"]
    assert statements["CallFunction"]["resources"] == [FUNCTION]
