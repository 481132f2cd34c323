from __future__ import annotations

import json

import pytest
from constructs import Construct

from config.alarm_text import NOT_READ
from config.place import Place
from constructs_lib.bedrock.quota_alarms import VARIABLE, ModelQuota, QuotaAlarms, ReadQuotas
from constructs_lib.bedrock.quota_lambda import handler
from constructs_lib.identity.function_role import FunctionNames, FunctionSurroundings
from constructs_lib.observability import catalogue
from constructs_lib.observability.alarms import Alarm, WatchedAlarm
from tests.constructs_lib.security.test_code_signing import signing
from tests.support.synthesised import Template, template

KEY = "arn:aws:kms:us-east-1:111111111111:key/1"
TOPIC = "arn:aws:sns:us-east-1:111111111111:alarms"
ALARM = "arn:aws:cloudwatch:us-east-1:111111111111:alarm:"
WATCHED: list[WatchedAlarm] = []
NAMES = ("tokens-50", "tokens-100", "embedded-50", "embedded-100")


def alarms(kind: str) -> dict[str, tuple[int, Alarm]]:
    return {
        f"{kind}-{each}": (each, catalogue.quota_alarm(kind=kind, model_id=kind, percent=each, asleep=False))
        for each in (50, 100)
    }


@pytest.fixture(scope="module")
def config() -> Template:
    def build(scope: Construct) -> None:
        WATCHED[:] = QuotaAlarms(
            scope,
            "quota",
            names=FunctionNames("r-quota", "quota", "/app/quota"),
            schedule_role="r-quota-schedule",
            quotas=[ModelQuota("tokens of a model", alarms("tokens")), ModelQuota("embedded", alarms("embedded"))],
            read=ReadQuotas("bedrock", "site dev", "sitechat doctor --env dev"),
            signing=signing(scope).signer,
            surroundings=FunctionSurroundings(Place("111111111111", "us-east-1", "aws"), KEY, 30, TOPIC),
        ).watched

    return template(build)


def test_terraform_gives_a_threshold_that_nothing_reaches_and_leaves_it_alone(config: Template) -> None:
    built = list(config.all("aws_cloudwatch_metric_alarm").values())
    assert {each["alarm_name"]: each["dimensions"]["ModelId"] for each in built} == {
        name: name.partition("-")[0] for name in NAMES
    }
    for each in built:
        assert each["threshold"] == NOT_READ
        assert each["lifecycle"] == {"ignore_changes": ["threshold"]}
        assert each["alarm_actions"] == each["ok_actions"] == [TOPIC]


def test_half_is_a_ticket_that_lasts_and_all_of_it_a_page_at_once(config: Template) -> None:
    half, full = (config.one("aws_cloudwatch_metric_alarm", f"tokens_{each}") for each in (50, 100))
    assert (half["evaluation_periods"], half["datapoints_to_alarm"]) == (5, 3)
    assert full["evaluation_periods"] == 1
    assert "Severity: ticket" in half["alarm_description"]
    assert "Severity: page" in full["alarm_description"]


def test_a_dashboard_draws_no_line_that_was_never_read(config: Template) -> None:
    assert [(each.name, each.threshold, each.board) for each in WATCHED] == [(name, None, "model") for name in NAMES]
    assert all(each.measure for each in WATCHED)


def test_the_function_may_put_these_alarms_alone(config: Template) -> None:
    statements = config.statements("quota/role/role/access_document")
    assert statements["KeepThresholds"]["actions"] == ["cloudwatch:PutMetricAlarm"]
    assert statements["KeepThresholds"]["resources"] == [f"{ALARM}{name}" for name in NAMES]
    assert statements["ReadQuotas"]["actions"] == ["servicequotas:ListServiceQuotas"]
    assert statements["ReadAlarms"]["resources"] == [f"{ALARM}*"]
    assert set(statements) == {
        *("ReadQuotas", "ReadAlarms", "KeepThresholds", "WriteLog", "ReadConfiguration", "Publish", "EncryptForSns")
    }


def test_it_is_told_what_the_handler_reads(config: Template) -> None:
    function = config.one("aws_lambda_function")
    assert function["handler"] == "quota_lambda.handler.handle"
    assert "vpc_config" not in function
    variables = function["environment"]["variables"]
    assert set(variables) == {handler.VARIABLE} == {VARIABLE}
    read = handler.Kept(**json.loads(variables[VARIABLE]))
    assert read.quotas == {
        "tokens of a model": {"tokens-50": 50, "tokens-100": 100},
        "embedded": {"embedded-50": 50, "embedded-100": 100},
    }
    assert read.topic == TOPIC


def test_it_runs_once_a_day_and_at_once_only_where_the_alarms_are(config: Template) -> None:
    schedule = config.one("aws_scheduler_schedule")
    assert (schedule["schedule_expression"], schedule["state"]) == ("rate(1 day)", "ENABLED")
    assert "start_date" not in schedule
    assert sum(each.startswith("aws_cloudwatch_metric_alarm.") for each in schedule["depends_on"]) == 4
    call = config.statements("schedule_role/access_document")["CallFunction"]
    assert call["resources"] == ["arn:aws:lambda:us-east-1:111111111111:function:quota"]
