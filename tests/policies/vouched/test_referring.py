"""Resources are connected by reference."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from config import load
from policies.vouched.referring import unconnected
from tests.support.environments import NAMES
from tests.support.shared import environment


def copied(name: str) -> dict[str, dict[str, Any]]:
    return {layer: deepcopy(dict(template.config)) for layer, template in environment(name).items()}


@pytest.mark.parametrize("name", NAMES)
def test_every_environment_is_connected_by_reference(name: str) -> None:
    assert list(unconnected(copied(name), load(name))) == []


@pytest.mark.parametrize(
    ("layer", "kind", "argument", "value"),
    [
        ("infrastructure", "aws_security_group", "vpc_id", "*"),
        ("infrastructure", "aws_security_group", "vpc_id", "${aws_vpc.network_vpc_4E8F0223.id}-x"),
        ("infrastructure", "aws_vpc_endpoint", "subnet_ids", ["subnet-1"]),
        ("edge", "aws_cloudfront_distribution", "web_acl_id", "arn:aws:wafv2:us-east-1:111111111111:global/webacl/x/y"),
        ("monitoring", "aws_cloudwatch_metric_alarm", "alarm_actions", ["arn:aws:sns:us-east-1:111111111111:other"]),
        ("service", "aws_lb_listener", "load_balancer_arn", "x"),
    ],
)
def test_a_name_instead_of_a_reference_is_refused(layer: str, kind: str, argument: str, value: Any) -> None:
    configs = copied("dev")
    next(iter(configs[layer]["resource"][kind].values()))[argument] = value
    (line,) = unconnected(configs, load("dev"))
    assert f"{argument} is no reference" in line


@pytest.mark.parametrize(("kind", "refused"), [("aws_xray_sampling_rule", 0), ("aws_xray_group", 1)])
def test_what_a_sampling_rule_fits_connects_nothing(kind: str, refused: int) -> None:
    layers = {"monitoring": {"resource": {kind: {"it": {"resource_arn": "*"}}}}}
    assert len(list(unconnected(layers, load("dev")))) == refused


@pytest.mark.parametrize(
    ("layer", "kind", "lifecycle"),
    [
        ("edge", "aws_s3_bucket_policy", {"ignore_changes": ["policy"]}),
        ("edge", "aws_s3_bucket_policy", {"ignore_changes": ["all"]}),
        (
            "service",
            "aws_ecs_service",
            {"ignore_changes": ["task_definition", "desired_count", "network_configuration"]},
        ),
        ("edge", "aws_s3_bucket_policy", {"replace_triggered_by": ["aws_s3_bucket.x"]}),
    ],
)
def test_changes_that_no_construct_ignores_are_not_ignored(layer: str, kind: str, lifecycle: dict[str, Any]) -> None:
    configs = copied("dev")
    next(iter(configs[layer]["resource"][kind].values()))["lifecycle"] = lifecycle
    (line,) = unconnected(configs, load("dev"))
    assert "lifecycle." in line


def _alarms(configs: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        each["alarm_name"]: each for each in configs["monitoring"]["resource"]["aws_cloudwatch_metric_alarm"].values()
    }


def test_only_what_a_function_keeps_true_has_its_threshold_ignored() -> None:
    env, configs = load("prod"), copied("prod")
    kept = [each["alarm_name"] for each in _alarms(configs).values() if "lifecycle" in each]
    assert sorted(kept) == sorted(env.quota_alarms)
    assert list(unconnected(configs, env)) == []
    _alarms(configs)[env.names.resource("svc-cpu")]["lifecycle"] = {"ignore_changes": ["threshold"]}
    (line,) = unconnected(configs, env)
    assert "alarms_cpu" in line


@pytest.mark.parametrize("lifecycle", [{}, {"ignore_changes": []}, {"ignore_changes": ["threshold", "metric_name"]}])
def test_terraform_leaves_a_kept_threshold_and_nothing_else_alone(lifecycle: dict[str, Any]) -> None:
    env, configs = load("prod"), copied("prod")
    _alarms(configs)[next(iter(env.quota_alarms))]["lifecycle"] = lifecycle
    (line,) = unconnected(configs, env)
    assert "Terraform would undo what was read" in line
