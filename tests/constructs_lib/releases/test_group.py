from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from constructs_lib.releases.group import ShiftedReleases, TargetGroupPair, TrafficShift
from tests.support.synthesised import Resource, Template, template

PAIR = TargetGroupPair("arn:of:visitors", "arn:of:tests", ("blue", "green"))
ARGUMENTS: dict[str, Any] = {
    "name": "app",
    "role_arn": "arn:of:role",
    "service": ("main", "web"),
    "pair": PAIR,
    "old_tasks_minutes": 15,
}


@cache
def _releases(**changes: Any) -> Template:
    return template(lambda scope: ShiftedReleases(scope, "releases", **{**ARGUMENTS, **changes}))


def _group(**changes: Any) -> Resource:
    return _releases(**changes).one("aws_codedeploy_deployment_group")


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("deployment_group_name", "app"),
        ("service_role_arn", "arn:of:role"),
        ("deployment_config_name", "CodeDeployDefault.ECSAllAtOnce"),
        ("deployment_style", {"deployment_option": "WITH_TRAFFIC_CONTROL", "deployment_type": "BLUE_GREEN"}),
        ("ecs_service", {"cluster_name": "main", "service_name": "web"}),
        (
            "load_balancer_info",
            {
                "target_group_pair_info": {
                    "prod_traffic_route": {"listener_arns": ["arn:of:visitors"]},
                    "test_traffic_route": {"listener_arns": ["arn:of:tests"]},
                    "target_group": [{"name": "blue"}, {"name": "green"}],
                }
            },
        ),
        (
            "blue_green_deployment_config",
            {
                "deployment_ready_option": {"action_on_timeout": "CONTINUE_DEPLOYMENT"},
                "terminate_blue_instances_on_deployment_success": {
                    "action": "TERMINATE",
                    "termination_wait_time_in_minutes": 15,
                },
            },
        ),
        (
            "auto_rollback_configuration",
            {"enabled": True, "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST"]},
        ),
    ],
)
def test_default(attribute: str, value: object) -> None:
    assert _group()[attribute] == value


def test_all_at_once_has_no_configuration_and_no_alarms_of_its_own() -> None:
    assert _releases().types() == {"aws_codedeploy_app", "aws_codedeploy_deployment_group"}
    assert "alarm_configuration" not in _group()


def test_the_application_is_of_ecs_and_the_groups() -> None:
    app = _releases().one("aws_codedeploy_app")
    assert (app["name"], app["compute_platform"]) == ("app", "ECS")
    assert _group()["app_name"].startswith("${aws_codedeploy_app.")


@pytest.mark.parametrize(
    ("shift", "name", "routing"),
    [
        (
            TrafficShift("canary", 10, 5),
            "app-canary-10-5",
            {"type": "TimeBasedCanary", "time_based_canary": {"percentage": 10, "interval": 5}},
        ),
        (
            TrafficShift("linear", 20, 3),
            "app-linear-20-3",
            {"type": "TimeBasedLinear", "time_based_linear": {"percentage": 20, "interval": 3}},
        ),
    ],
)
def test_shares(shift: TrafficShift, name: str, routing: dict[str, Any]) -> None:
    config = _releases(shift=shift).one("aws_codedeploy_deployment_config")
    assert (config["deployment_config_name"], config["compute_platform"]) == (name, "ECS")
    assert config["traffic_routing_config"] == routing
    assert _group(shift=shift)["deployment_config_name"].startswith("${aws_codedeploy_deployment_config.")


def test_another_shift_is_there_before_the_group_lets_go_of_the_old_one() -> None:
    config = _releases(shift=TrafficShift("canary", 10, 5)).one("aws_codedeploy_deployment_config")
    assert config["lifecycle"] == {"create_before_destroy": True}


def test_an_alarm_takes_a_release_back() -> None:
    group = _group(alarms=("errors", "unhealthy"))
    assert group["alarm_configuration"] == {
        "enabled": True,
        "ignore_poll_alarm_failure": False,
        "alarms": ["errors", "unhealthy"],
    }
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["auto_rollback_configuration"]["events"]
