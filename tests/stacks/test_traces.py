"""X-Ray in the layer monitoring: Transaction Search by its owner alone, rule and group with a collector alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from config import Environment, parse
from stacks.monitoring import MonitoringStack
from tests.stacks.upstream import EDGE, INFRASTRUCTURE, LLM, SERVICE, alone, environment
from tests.support.synthesised import Template

RULE, GROUP = "aws_xray_sampling_rule", "aws_xray_group"
COLLECTOR = f"public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3@sha256:{'0' * 64}"
SIZE = {"cpu": 512, "memory_mib": 1024}
TRACED = {"tracing": "sidecar", "collector_image": COLLECTOR}
SWITCH, FUNCTION = "aws_cloudcontrolapi_resource", "aws_lambda_function"


def stack(**monitoring: Any) -> Template:
    return built(environment(monitoring=monitoring, service=SIZE))


def built(env: Environment) -> Template:
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


@pytest.mark.parametrize(
    "monitoring", [{}, {"transaction_search": "own"}, {"tracing": "otlp", "transaction_search": "adopt"}]
)
def test_without_a_collector_there_is_neither_rule_nor_group(monitoring: dict[str, Any]) -> None:
    assert {RULE, GROUP} & stack(**monitoring).types() == set()


def test_a_collector_has_the_applications_rule_and_group() -> None:
    layer = stack(**TRACED, traced_percent=12.5)
    rule, group = layer.one(RULE), layer.one(GROUP)
    assert rule["service_name"] == "sitechat-dev-app" == rule["rule_name"] == group["group_name"]
    assert rule["fixed_rate"] == 0.125
    assert group["filter_expression"] == 'service("sitechat-dev-app")'


def test_names_are_cut_to_what_x_ray_takes_and_the_service_keeps_its_own() -> None:
    tables = {"account_id": "111111111111", "project": "p" * 16, "service": SIZE, "monitoring": TRACED}
    service = f"{'p' * 16}-{'e' * 12}-app"
    layer = built(parse(tables, name="e" * 12))
    assert layer.one(RULE)["rule_name"] == layer.one(GROUP)["group_name"] != service == layer.one(RULE)["service_name"]
    assert len(layer.one(GROUP)["group_name"]) == 32
