"""Transaction Search in the layer monitoring: built by its owner alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stacks.monitoring import MonitoringStack
from tests.stacks.upstream import EDGE, INFRASTRUCTURE, LLM, SERVICE, alone, environment
from tests.support.synthesised import Template

SWITCH, FUNCTION = "aws_cloudcontrolapi_resource", "aws_lambda_function"


def stack(**monitoring: Any) -> Template:
    env = environment(monitoring=monitoring)
    return alone(
        lambda app: MonitoringStack(app, env, infrastructure=INFRASTRUCTURE, llm=LLM, service=SERVICE, edge=EDGE)
    )


@pytest.mark.parametrize("mode", ["adopt", "off"])
def test_who_adopts_it_or_does_without_builds_nothing(mode: str) -> None:
    layer = stack(transaction_search=mode, spans_retention_days=90)
    assert {SWITCH, FUNCTION, "aws_cloudwatch_log_resource_policy"} & layer.types() == set()


def test_its_owner_switches_it_and_has_spans_deleted_in_time() -> None:
    layer = stack(transaction_search="own", spans_retention_days=90)
    assert layer.one(SWITCH)["type_name"] == "AWS::XRay::TransactionSearchConfig"
    assert layer.one("aws_cloudwatch_log_resource_policy")["policy_name"] == "sitechat-dev-spans"
    function = layer.one(FUNCTION)
    assert function["function_name"] == "sitechat-dev-span-retention"
    told = json.loads(function["environment"]["variables"]["SPAN_RETENTION"])
    assert told == {"group": "aws/spans", "days": 90}


def test_it_is_kept_for_a_month_unless_said_otherwise() -> None:
    told = json.loads(stack(transaction_search="own").one(FUNCTION)["environment"]["variables"]["SPAN_RETENTION"])
    assert told["days"] == 30
