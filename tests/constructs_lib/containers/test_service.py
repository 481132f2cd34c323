from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from cdktf_cdktf_provider_aws.lb_listener import LbListener, LbListenerDefaultAction
from constructs import Construct

from constructs_lib.containers.cluster import Cluster
from constructs_lib.containers.placement import CapacityProviderStrategy, NetworkConfiguration
from constructs_lib.containers.service import RegisteredTarget, ServiceScaling, WebService
from constructs_lib.containers.service_connect import Connected
from constructs_lib.containers.task import LogConfiguration
from tests.support.synthesised import Resource, Template, template

TARGET = RegisteredTarget("arn:of:group", container_port=8080)
NETWORK = NetworkConfiguration(("subnet-1", "subnet-2"), ("sg-1",), public_ip=False)
ARGUMENTS: dict[str, Any] = {
    "name": "app",
    "cluster_arn": "arn:of:cluster",
    "task_definition_arn": "arn:of:task",
    "target": TARGET,
    "network": NETWORK,
}


@cache
def _service(**changes: Any) -> Resource:
    return template(lambda scope: WebService(scope, "web", **{**ARGUMENTS, **changes})).one("aws_ecs_service")


@cache
def _scaling(**changes: Any) -> Template:
    arguments = {"name": "app", "cluster_name": "main", "service_name": "app"}
    return template(lambda scope: ServiceScaling(scope, "scaling", **{**arguments, **changes}))


def _shares(**changes: Any) -> dict[str, tuple[int, int]]:
    """(base, weight) by capacity provider."""
    strategy = _service(**changes)["capacity_provider_strategy"]
    return {each["capacity_provider"]: (each["base"], each["weight"]) for each in strategy}


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("cluster", "arn:of:cluster"),
        ("task_definition", "arn:of:task"),
        ("desired_count", 0),
        ("platform_version", "LATEST"),
        ("enable_execute_command", False),
        ("enable_ecs_managed_tags", True),
        ("propagate_tags", "SERVICE"),
        ("health_check_grace_period_seconds", 60),
        ("deployment_minimum_healthy_percent", 100),
        ("deployment_maximum_percent", 200),
        ("deployment_circuit_breaker", {"enable": True, "rollback": True}),
        ("force_new_deployment", True),
        ("lifecycle", {"ignore_changes": ["task_definition", "alarms", "desired_count"]}),
    ],
)
def test_default(attribute: str, value: object) -> None:
    assert _service()[attribute] == value


def test_capacity_is_chosen_by_the_strategy_alone() -> None:
    assert "launch_type" not in _service()


@pytest.mark.parametrize(
    ("spot_percent", "base", "shares"),
    [
        (100, 0, {"FARGATE_SPOT": (0, 100)}),
        (100, 1, {"FARGATE": (1, 0), "FARGATE_SPOT": (0, 100)}),
        (80, 0, {"FARGATE": (0, 20), "FARGATE_SPOT": (0, 80)}),
        (50, 2, {"FARGATE": (2, 50), "FARGATE_SPOT": (0, 50)}),
        (0, 0, {"FARGATE": (0, 100)}),
        (0, 1, {"FARGATE": (1, 100)}),
    ],
)
def test_spot_share(spot_percent: int, base: int, shares: dict[str, tuple[int, int]]) -> None:
    assert _shares(capacity=CapacityProviderStrategy(spot_percent, base)) == shares


def test_everything_is_spot_by_default() -> None:
    assert _shares() == {"FARGATE_SPOT": (0, 100)}


@pytest.mark.parametrize("public_ip", [True, False])
def test_network(public_ip: bool) -> None:
    assert _service(network=replace(NETWORK, public_ip=public_ip))["network_configuration"] == {
        "subnets": ["subnet-1", "subnet-2"],
        "security_groups": ["sg-1"],
        "assign_public_ip": public_ip,
    }


def test_the_target_group_reaches_the_container() -> None:
    assert _service()["load_balancer"] == [
        {"container_name": "app", "container_port": 8080, "target_group_arn": "arn:of:group"}
    ]


def test_a_connected_service_says_when_the_proxy_closes_what_is_idle_and_that_no_request_ends_early() -> None:
    connected = Connected(
        "arn:of:namespace", "chat", 80, idle_timeout_seconds=90, logs=LogConfiguration("/app", "here")
    )
    told = _service(connected=connected)["service_connect_configuration"]
    (service,) = told["service"]
    assert (told["enabled"], told["namespace"]) == (True, "arn:of:namespace")
    assert service["client_alias"] == {"dns_name": "chat", "port": 80}
    assert service["timeout"] == {"idle_timeout_seconds": 90, "per_request_timeout_seconds": 0}
    assert "tls" not in service
    assert "service_connect_configuration" not in _service()


def test_a_shell_and_a_first_count_can_be_asked_for() -> None:
    service = _service(execute_command=True, desired_count=2)
    assert (service["enable_execute_command"], service["desired_count"]) == (True, 2)


def test_it_waits_for_what_has_to_be_ready() -> None:
    def build(scope: Construct) -> None:
        action = LbListenerDefaultAction(type="forward", target_group_arn="arn:of:group")
        listener = LbListener(scope, "listener", load_balancer_arn="arn:of:alb", default_action=[action])
        WebService(scope, "web", **{**ARGUMENTS, "target": replace(TARGET, ready=(listener,))})

    assert template(build).one("aws_ecs_service")["depends_on"] == ["aws_lb_listener.listener"]


def test_it_waits_for_the_providers_it_names() -> None:
    def build(scope: Construct) -> None:
        cluster = Cluster(scope, "cluster", name="main", kms_key_arn="arn:of:key", exec_log_group_name="exec")
        WebService(scope, "web", **{**ARGUMENTS, "capacity": CapacityProviderStrategy(ready=(cluster.capacity,))})

    (dependency,) = template(build).one("aws_ecs_service")["depends_on"]
    assert dependency.startswith("aws_ecs_cluster_capacity_providers.")


def test_scaling_bounds_by_default() -> None:
    target = _scaling().one("aws_appautoscaling_target")
    assert (target["min_capacity"], target["max_capacity"]) == (1, 4)
    assert target["resource_id"] == "service/main/app"
    assert (target["service_namespace"], target["scalable_dimension"]) == ("ecs", "ecs:service:DesiredCount")


def test_what_a_release_suspends_is_not_terraforms() -> None:
    assert _scaling().one("aws_appautoscaling_target")["lifecycle"] == {"ignore_changes": ["suspended_state"]}


def test_scaling_bounds_can_be_chosen() -> None:
    target = _scaling(min_tasks=0, max_tasks=10).one("aws_appautoscaling_target")
    assert (target["min_capacity"], target["max_capacity"]) == (0, 10)


@pytest.mark.parametrize(
    ("name", "metric"), [("cpu", "ECSServiceAverageCPUUtilization"), ("memory", "ECSServiceAverageMemoryUtilization")]
)
def test_scaling_follows(name: str, metric: str) -> None:
    policy = _scaling(cpu_target_percent=60, memory_target_percent=60).one("aws_appautoscaling_policy", f"/{name}")
    assert (policy["name"], policy["policy_type"]) == (f"app-{name}", "TargetTrackingScaling")
    assert policy["target_tracking_scaling_policy_configuration"] == {
        "predefined_metric_specification": {"predefined_metric_type": metric},
        "target_value": 60,
        "scale_in_cooldown": 300,
        "scale_out_cooldown": 60,
    }


def test_targets_are_seventy_percent_by_default() -> None:
    policies = _scaling().all("aws_appautoscaling_policy").values()
    assert [each["target_tracking_scaling_policy_configuration"]["target_value"] for each in policies] == [70, 70]


def test_policies_wait_for_their_target() -> None:
    for policy in _scaling().all("aws_appautoscaling_policy").values():
        assert policy["resource_id"].startswith("${aws_appautoscaling_target.")


OF_A_DEPLOYMENT = [
    "task_definition",
    "load_balancer",
    "network_configuration",
    "capacity_provider_strategy",
    "platform_version",
]


@pytest.mark.parametrize(
    "argument",
    [
        "deployment_circuit_breaker",
        "deployment_maximum_percent",
        "deployment_minimum_healthy_percent",
        "force_new_deployment",
    ],
)
def test_codedeploy_takes_no_setting_of_a_rolling_deployment(argument: str) -> None:
    assert argument in _service()
    assert argument not in _service(shifted=True)


def test_codedeploy_deploys_only_where_it_is_asked_to() -> None:
    assert _service(shifted=True)["deployment_controller"] == {"type": "CODE_DEPLOY"}
    assert "deployment_controller" not in _service()


def test_terraform_leaves_alone_what_a_deployment_changes() -> None:
    assert _service(shifted=True)["lifecycle"] == {"ignore_changes": [*OF_A_DEPLOYMENT, "desired_count"]}


def test_the_number_of_tasks_of_a_parked_service_is_terraforms_under_codedeploy_too() -> None:
    assert _service(shifted=True, parked=True)["lifecycle"] == {"ignore_changes": OF_A_DEPLOYMENT}


def test_under_codedeploy_an_output_tells_releases_where_tasks_run() -> None:
    def build(scope: Construct) -> None:
        WebService(scope, "web", **{**ARGUMENTS, "capacity": CapacityProviderStrategy(80, 1), "shifted": True})

    assert template(build).config["output"]["placement"]["value"] == {
        "PlatformVersion": "LATEST",
        "NetworkConfiguration": {
            "AwsvpcConfiguration": {
                "Subnets": ["subnet-1", "subnet-2"],
                "SecurityGroups": ["sg-1"],
                "AssignPublicIp": "DISABLED",
            }
        },
        "CapacityProviderStrategy": [
            {"CapacityProvider": "FARGATE", "Base": 1, "Weight": 20},
            {"CapacityProvider": "FARGATE_SPOT", "Base": 0, "Weight": 80},
        ],
    }


def test_a_rolling_service_has_no_such_output() -> None:
    assert "output" not in template(lambda scope: WebService(scope, "web", **ARGUMENTS)).config
