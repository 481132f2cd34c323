"""What stops the model by itself: on which figures, who calls the function, and what it may do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from constructs import Construct

from config.place import Place
from constructs_lib.bedrock import stop
from constructs_lib.bedrock.denial import Denied
from constructs_lib.bedrock.stop import ModelStop, Spent, Stopped
from constructs_lib.bedrock.stop_lambda import handler
from constructs_lib.bedrock.switch import SwitchPlace
from constructs_lib.identity.function_role import FunctionNames, FunctionSurroundings
from tests.constructs_lib.security.test_code_signing import signing
from tests.support.synthesised import Resource, Template, template

KEY = "arn:aws:kms:us-east-1:111111111111:key/1"
TOPIC = "arn:aws:sns:us-east-1:111111111111:alarms"
POLICY = "arn:aws:iam::111111111111:policy/model-stop"
PLACE = Place("111111111111", "us-east-1", "aws")


def _build(scope: Construct, *, denies: bool = True) -> None:
    ModelStop(
        scope,
        "stop",
        names=FunctionNames("r-stop-model", "stop-model", "/app/stop-model"),
        switch=SwitchPlace(PLACE, "switches"),
        spent=Spent(5000, "site-app", "amazon.nova-lite-v1:0"),
        stopped=Stopped("site dev", "sitechat bedrock resume --env dev"),
        denied=Denied(POLICY, ("task", "embed")) if denies else None,
        signing=signing(scope).signer,
        surroundings=FunctionSurroundings(PLACE, KEY, 30, TOPIC),
    )


@pytest.fixture(scope="module")
def config() -> Template:
    return template(_build)


def _told(config: Template) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(
        config.one("aws_lambda_function")["environment"]["variables"]["MODEL_STOP"].replace("${", "$ {")
    )
    return told


def _metrics(alarm: Resource) -> list[tuple[str, str, Any, int, str]]:
    found = [each["metric"] for each in alarm["metric_query"] if "metric" in each]
    return [
        (each["namespace"], each["metric_name"], each.get("dimensions"), each["period"], each["stat"]) for each in found
    ]


def test_the_alarm_adds_the_applications_own_tokens_up_and_calls_the_function(config: Template) -> None:
    alarm = config.one("aws_cloudwatch_metric_alarm", "/alarm")
    assert _metrics(alarm) == [
        ("site-app", "InputTokens", None, 900, "Sum"),
        ("site-app", "OutputTokens", None, 900, "Sum"),
    ]
    assert alarm["metric_query"][2]["expression"] == "FILL(m0, 0) + FILL(m1, 0)"
    assert (alarm["threshold"], alarm["evaluation_periods"], alarm["treat_missing_data"]) == (5000, 1, "notBreaching")
    called, told = alarm["alarm_actions"]
    assert (".arn}" in called, "aws_lambda_function" in called, told) == (True, True, TOPIC)


def test_the_backstop_counts_the_accounts_tokens_and_stops_nothing(config: Template) -> None:
    alarm = config.one("aws_cloudwatch_metric_alarm", "/backstop")
    model = {"ModelId": "amazon.nova-lite-v1:0"}
    assert _metrics(alarm) == [
        ("AWS/Bedrock", "InputTokenCount", model, 900, "Sum"),
        ("AWS/Bedrock", "OutputTokenCount", model, 900, "Sum"),
    ]
    assert alarm["alarm_actions"] == [TOPIC]


def test_this_one_alarm_of_this_account_may_call_the_function(config: Template) -> None:
    permission = config.one("aws_lambda_permission")
    assert (permission["action"], permission["principal"]) == (
        "lambda:InvokeFunction",
        "lambda.alarms.cloudwatch.amazonaws.com",
    )
    alarm = config.one("aws_cloudwatch_metric_alarm", "/alarm")["alarm_name"]
    assert permission["source_account"] == "111111111111"
    assert permission["source_arn"] == f"arn:aws:cloudwatch:us-east-1:111111111111:alarm:{alarm}"


def test_it_attaches_one_policy_to_two_roles_and_writes_one_object(config: Template) -> None:
    statements = config.statements("role/role/access_document")
    assert statements["DenyModels"]["actions"] == ["iam:AttachRolePolicy"]
    assert statements["DenyModels"]["resources"] == [
        "arn:aws:iam::111111111111:role/task",
        "arn:aws:iam::111111111111:role/embed",
    ]
    assert statements["DenyModels"]["condition"] == [
        {"test": "ArnEquals", "variable": "iam:PolicyARN", "values": [POLICY]}
    ]
    assert statements["WriteSwitch"]["actions"] == ["s3:PutObject"]
    assert statements["WriteSwitch"]["resources"] == ["arn:aws:s3:::switches/model/paused.json"]
    assert _told(config)["roles"] == ["task", "embed"]


def test_a_stop_that_only_pauses_may_attach_nothing() -> None:
    config = template(lambda scope: _build(scope, denies=False))
    assert "DenyModels" not in config.statements("role/role/access_document")
    assert {"policy", "roles"}.isdisjoint(_told(config))


def test_the_function_reads_what_the_construct_writes(config: Template) -> None:
    found = handler.Stop(**_told(config))
    assert (found.bucket, found.object, found.owner) == ("switches", "model/paused.json", "111111111111")
    assert found.resume == "sitechat bedrock resume --env dev"
    assert stop.VARIABLE == handler.VARIABLE


def test_failures_reach_the_topic_and_only_signed_code_runs(config: Template) -> None:
    function = config.one("aws_lambda_function")
    assert function["dead_letter_config"] == {"target_arn": TOPIC}
    assert function["handler"] == "stop_lambda.handler.handle"
    assert "code_signing_config_arn" in function
