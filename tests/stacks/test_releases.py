"""What every strategy but rolling adds to the layer service, and that rolling leaves nothing of it behind."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from config import ConfigError
from stacks.service import ServiceStack
from tests.stacks.upstream import INFRASTRUCTURE, LLM, alone, environment
from tests.support.synthesised import Template

DNS = {"domain": "chat.example.com", "zone_name": "example.com"}
SHIFTING = ("blue_green", "canary", "linear")
ADDED = {
    "aws_codedeploy_app",
    "aws_codedeploy_deployment_group",
    "aws_lambda_function",
    "aws_security_group",
}


def _layer(strategy: str, *, deployment: dict[str, Any] | None = None, **tables: Any) -> Template:
    env = environment(dns=DNS, deployment={"strategy": strategy, **(deployment or {})}, **tables)
    return alone(
        lambda app: ServiceStack(app, env, infrastructure=INFRASTRUCTURE, llm=LLM, certificate_arn="arn:of:cert")
    )


@cache
def _shifting(strategy: str) -> Template:
    return _layer(strategy)


def _group(layer: Template) -> Any:
    return layer.one("aws_codedeploy_deployment_group")


def test_rolling_leaves_nothing_of_it_behind() -> None:
    layer = _layer("rolling")
    assert not ADDED & layer.types()
    assert len(layer.all("aws_lb_target_group")) == len(layer.all("aws_lb_listener")) == 1
    assert "codedeploy" not in json.dumps(layer.config)


@pytest.mark.parametrize("strategy", SHIFTING)
def test_every_other_strategy_builds_it(strategy: str) -> None:
    layer = _shifting(strategy)
    assert layer.types() >= ADDED
    assert (len(layer.all("aws_lb_target_group")), len(layer.all("aws_lb_listener"))) == (2, 2)
    assert layer.one("aws_ecs_service")["deployment_controller"] == {"type": "CODE_DEPLOY"}


def test_application_and_group_are_called_like_the_service() -> None:
    layer = _shifting("canary")
    assert layer.one("aws_codedeploy_app")["name"] == "sitechat-dev-app"
    assert _group(layer)["deployment_group_name"] == "sitechat-dev-app"


@pytest.mark.parametrize(
    ("strategy", "numbers", "routing"),
    [
        ("canary", {"canary_percent": 5, "canary_minutes": 7}, ("time_based_canary", 5, 7)),
        ("linear", {"linear_percent": 25, "linear_minutes": 2}, ("time_based_linear", 25, 2)),
    ],
)
def test_shares_are_the_settings(strategy: str, numbers: dict[str, int], routing: tuple[str, int, int]) -> None:
    found = _layer(strategy, deployment=numbers).one("aws_codedeploy_deployment_config")["traffic_routing_config"]
    block, percent, minutes = routing
    assert found[block] == {"percentage": percent, "interval": minutes}


def test_all_at_once_needs_no_shares() -> None:
    layer = _shifting("blue_green")
    assert "aws_codedeploy_deployment_config" not in layer.types()
    assert _group(layer)["deployment_config_name"] == "CodeDeployDefault.ECSAllAtOnce"


def test_old_tasks_stay_for_both_waits() -> None:
    layer = _layer("blue_green", deployment={"bake_minutes": 20, "termination_wait_minutes": 4})
    ending = _group(layer)["blue_green_deployment_config"]["terminate_blue_instances_on_deployment_success"]
    assert ending["termination_wait_time_in_minutes"] == 24


def test_alarms_see_both_groups_and_can_be_left_out() -> None:
    alarms = _shifting("canary").all("aws_cloudwatch_metric_alarm").values()
    assert {alarm["alarm_name"] for alarm in alarms} == {
        "sitechat-dev-release-errors",
        "sitechat-dev-release-unhealthy",
    }
    for alarm in alarms:
        first, second, _ = alarm["metric_query"]
        assert first["metric"]["dimensions"] != second["metric"]["dimensions"]
    assert len(_group(_shifting("canary"))["alarm_configuration"]["alarms"]) == 2
    without = _layer("canary", deployment={"rollback_alarms": False})
    assert "aws_cloudwatch_metric_alarm" not in without.types()
    assert "alarm_configuration" not in _group(without)


def test_a_rolling_service_names_alarms_on_its_one_group_and_leaves_them_to_releases() -> None:
    layer = _layer("rolling")
    alarms, service = layer.all("aws_cloudwatch_metric_alarm"), layer.one("aws_ecs_service")
    assert {alarm["alarm_name"] for alarm in alarms.values()} == {
        "sitechat-dev-release-errors",
        "sitechat-dev-release-unhealthy",
    }
    for alarm in alarms.values():
        assert alarm["dimensions"]["TargetGroup"].startswith("${aws_lb_target_group.load_balancer_target_group")
        assert "metric_query" not in alarm
    named = service["alarms"]
    assert (named["enable"], named["rollback"], len(named["alarm_names"])) == (True, True, 2)
    assert all(each.startswith("${aws_cloudwatch_metric_alarm.release_alarms_") for each in named["alarm_names"])
    assert "alarms" in service["lifecycle"]["ignore_changes"]


def test_a_rolling_service_without_alarms_names_none_and_still_leaves_them_to_releases() -> None:
    layer = _layer("rolling", deployment={"rollback_alarms": False})
    assert "aws_cloudwatch_metric_alarm" not in layer.types()
    service = layer.one("aws_ecs_service")
    assert "alarms" not in service
    assert "alarms" in service["lifecycle"]["ignore_changes"]


def test_a_service_of_code_deploy_names_no_alarm_itself() -> None:
    assert "alarms" not in _shifting("canary").one("aws_ecs_service")


def test_new_tasks_are_asked_under_the_sites_name() -> None:
    layer = _layer("canary", deployment={"test_question": "Who are you?"}, service={"health_check_path": "/ready"})
    asked = json.loads(layer.one("aws_lambda_function", "/inner")["environment"]["variables"]["RELEASE_TEST"])
    assert asked["address"].startswith("${aws_lb.")
    assert {**asked, "address": ""} == {
        "address": "",
        "port": 8443,
        "name": "chat.example.com",
        "health_path": "/ready",
        "question": "Who are you?",
        "sources": True,
        "seconds": 100,
    }


def test_without_search_an_answer_has_no_sources() -> None:
    layer = _layer("canary", search={"enabled": False})
    asked = json.loads(layer.one("aws_lambda_function", "/inner")["environment"]["variables"]["RELEASE_TEST"])
    assert asked["sources"] is False


def test_a_release_waits_for_what_it_needs() -> None:
    waits = {each.split(".")[0] for each in _group(_shifting("canary"))["depends_on"]}
    assert waits == {"aws_iam_role_policy", "aws_lambda_function"}


def test_where_the_next_release_puts_tasks_is_an_output() -> None:
    layer = _layer("canary", service={"spot_percent": 0}, network={"egress": "nat_gateway"})
    told = layer.config["output"]["placement"]["value"]
    network = told["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert network["Subnets"] == list(INFRASTRUCTURE.vpc.task_subnets)
    assert network["SecurityGroups"] == [INFRASTRUCTURE.task_group_id]
    assert network["AssignPublicIp"] == "DISABLED"
    assert told["CapacityProviderStrategy"] == [{"CapacityProvider": "FARGATE", "Base": 0, "Weight": 100}]
    assert "placement" not in _layer("rolling").config.get("output", {})


@pytest.mark.parametrize("strategy", SHIFTING)
def test_deployments_of_ecs_itself_are_refused_under_this_provider(strategy: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _layer(strategy, deployment={"controller": "ecs"})
    assert str(caught.value).startswith('dev: deployment.controller = "ecs": "code_deploy", because deployments of ECS')
    assert caught.value.hint.startswith('Write `controller = "code_deploy"` under [deployment]')
