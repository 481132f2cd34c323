from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from config import Environment
from pipeline.operations.releases import definitions
from stacks.llm import LlmOutputs
from stacks.service import ServiceStack
from tests.stacks.upstream import INFRASTRUCTURE, LLM, NO_LLM, alone, environment
from tests.support.synthesised import Template

DIGEST = f"sha256:{'a' * 64}"


def _stack(env: Environment, *, llm: LlmOutputs = LLM, certificate_arn: str | None = None) -> Template:
    return alone(
        lambda app: ServiceStack(app, env, infrastructure=INFRASTRUCTURE, llm=llm, certificate_arn=certificate_arn)
    )


@cache
def _default() -> Template:
    return _stack(environment())


def _container(layer: Template) -> dict[str, Any]:
    (container,) = json.loads(layer.one("aws_ecs_task_definition")["container_definitions"])
    assert isinstance(container, dict)
    return container


def _counts(layer: Template) -> tuple[int, int, int]:
    """Desired, fewest and most tasks."""
    target = layer.one("aws_appautoscaling_target")
    return layer.one("aws_ecs_service")["desired_count"], target["min_capacity"], target["max_capacity"]


def test_nothing_runs_before_an_image_is_released() -> None:
    assert _counts(_default()) == (0, 0, 4)
    assert _container(_default())["image"] == "repository_url:unreleased"
    assert definitions.is_unreleased("repository_url:unreleased"), "the pipeline has to know it too"


@pytest.mark.parametrize(
    ("image", "reference"),
    [({"tag": "v1"}, "repository_url:v1"), ({"digest": DIGEST}, f"repository_url@{DIGEST}")],
)
def test_a_released_image_runs_the_fewest_tasks(image: dict[str, str], reference: str) -> None:
    layer = _stack(environment(image=image, service={"min_tasks": 2, "max_tasks": 6}))
    assert _counts(layer) == (2, 2, 6)
    assert _container(layer)["image"] == reference


def test_a_parked_service_runs_no_task_and_starts_none() -> None:
    layer = _stack(environment(image={"tag": "v1"}, service={"parked": True, "min_tasks": 2}))
    assert _counts(layer) == (0, 0, 0)
    assert layer.one("aws_ecs_service")["lifecycle"] == {"ignore_changes": ["task_definition", "alarms"]}, (
        "the number is Terraform's"
    )


def test_the_container_is_told_what_it_needs() -> None:
    told = {each["name"]: each["value"] for each in _container(_default())["environment"]}
    assert told["SITECHAT_SEARCH_ENDPOINT"] == "https://search"
    assert (told["SITECHAT_GUARDRAIL_ID"], told["SITECHAT_GUARDRAIL_VERSION"]) == ("guardrail", "1")
    assert _container(_default())["secrets"] == [{"name": "SITECHAT_SESSION_KEY", "valueFrom": "arn:of:session-key"}]


def test_what_the_llm_layer_leaves_out_is_not_mentioned() -> None:
    told = {each["name"] for each in _container(_stack(environment(), llm=NO_LLM))["environment"]}
    assert not {name for name in told if "SEARCH" in name or "GUARDRAIL" in name}


def test_the_environments_own_variables_are_added_and_win() -> None:
    layer = _stack(environment(service={"environment": {"LOG_LEVEL": "debug", "SITECHAT_SITE_NAME": "Own"}}))
    told = {each["name"]: each["value"] for each in _container(layer)["environment"]}
    assert (told["LOG_LEVEL"], told["SITECHAT_SITE_NAME"]) == ("debug", "Own")


def test_the_task_uses_the_roles_and_the_log_of_its_region() -> None:
    task = _default().one("aws_ecs_task_definition")
    assert (task["execution_role_arn"], task["task_role_arn"]) == ("execution_role_arn", "task_role_arn")
    assert (task["cpu"], task["memory"], task["runtime_platform"]["cpu_architecture"]) == ("256", "512", "ARM64")
    assert _container(_default())["logConfiguration"]["options"]["awslogs-group"] == "app_log_group"


@pytest.mark.parametrize(
    ("egress", "public"), [("public_ip", True), ("nat_gateway", False), ("nat_per_az", False), ("endpoints", False)]
)
def test_only_one_way_out_gives_tasks_an_address(egress: str, public: bool) -> None:
    network = _stack(environment(network={"egress": egress})).one("aws_ecs_service")["network_configuration"]
    assert network["assign_public_ip"] is public
    assert network["security_groups"] == ["task_group_id"]
    assert network["subnets"] == ["subnet-task"]


def test_the_balancer_lies_in_both_zones_and_logs() -> None:
    balancer = _default().one("aws_lb")
    assert balancer["subnets"] == ["subnet-1", "subnet-2"]
    assert balancer["security_groups"] == ["alb_group_id"]
    assert balancer["access_logs"]["bucket"] == "alb_logs_bucket"
    assert balancer["name"] == "sitechat-dev-alb"


@pytest.mark.parametrize(
    ("tls", "name", "protocol", "told"),
    [(True, "sitechat-dev-app-https", "HTTPS", "on"), (False, "sitechat-dev-app", "HTTP", "off")],
)
def test_balancer_and_task_agree_on_tls(tls: bool, name: str, protocol: str, told: str) -> None:
    layer = _stack(environment(service={"tls_to_task": tls}))
    group = layer.one("aws_lb_target_group")
    # The two groups are there at the same time while one takes the other's place.
    assert (group["name"], group["protocol"]) == (name, protocol)
    variables = {each["name"]: each["value"] for each in _container(layer)["environment"]}
    assert variables["SITECHAT_TLS"] == told


def test_health_and_times_follow_the_environment() -> None:
    service = {
        "port": 9000,
        "health_check_path": "/ready",
        "health_check_interval_seconds": 30,
        "health_check_timeout_seconds": 10,
        "idle_timeout_seconds": 300,
        "stop_timeout_seconds": 60,
    }
    layer = _stack(environment(service=service))
    group = layer.one("aws_lb_target_group")
    check = group["health_check"]
    assert (check["path"], check["interval"], check["timeout"]) == ("/ready", 30, 10)
    assert layer.one("aws_lb")["idle_timeout"] == 300
    assert layer.one("aws_ecs_service")["load_balancer"][0]["container_port"] == 9000
    # The listener holds on to its group, which another port would replace.
    assert group == {**_default().one("aws_lb_target_group"), "health_check": check}
    assert _container(layer)["stopTimeout"] == 60


@pytest.mark.parametrize(("stop_timeout", "delay"), [(30, "60"), (60, "60"), (120, "120")])
def test_the_load_balancer_cuts_nothing_that_a_stopped_task_would_finish(stop_timeout: int, delay: str) -> None:
    layer = _stack(environment(service={"stop_timeout_seconds": stop_timeout}))
    assert layer.one("aws_lb_target_group")["deregistration_delay"] == delay
    assert _container(layer)["stopTimeout"] == stop_timeout <= int(delay)


def test_without_a_domain_the_balancer_listens_in_clear() -> None:
    assert _default().one("aws_lb_listener")["protocol"] == "HTTP"


def test_with_a_certificate_it_listens_on_tls() -> None:
    listener = _stack(environment(), certificate_arn="arn:of:regional").one("aws_lb_listener")
    assert (listener["protocol"], listener["certificate_arn"]) == ("HTTPS", "arn:of:regional")


@pytest.mark.parametrize(
    ("certificate", "kinds"),
    [(None, ["aws_lb_listener", "aws_lb_listener_rule"]), ("arn:of:regional", ["aws_lb_listener"])],
)
def test_the_service_waits_for_what_forwards_to_it_and_for_its_capacity(
    certificate: str | None, kinds: list[str]
) -> None:
    service = _stack(environment(), certificate_arn=certificate).one("aws_ecs_service")
    assert [each.partition(".")[0] for each in service["depends_on"]] == [*kinds, "aws_ecs_cluster_capacity_providers"]


def test_spot_scaling_and_shell_follow_the_environment() -> None:
    service = {
        "spot_percent": 50,
        "on_demand_base": 1,
        "cpu_target_percent": 50,
        "memory_target_percent": 60,
        "execute_command": True,
    }
    told = {"security": {"trail": "adopt"}, "monitoring": {"alarm_emails": ["oncall@example.com"]}}
    layer = _stack(environment(service=service, **told))
    body = layer.one("aws_ecs_service")
    assert {
        each["capacity_provider"]: (each["base"], each["weight"]) for each in body["capacity_provider_strategy"]
    } == {
        "FARGATE": (1, 50),
        "FARGATE_SPOT": (0, 50),
    }
    assert body["enable_execute_command"] is True
    assert {"name": "exec-agents"} in layer.one("aws_ecs_task_definition")["volume"]
    targets = [
        layer.one("aws_appautoscaling_policy", f"scaling/{name}")["target_tracking_scaling_policy_configuration"][
            "target_value"
        ]
        for name in ("cpu", "memory")
    ]
    assert targets == [50, 60]


@pytest.mark.parametrize("protection", [True, False])
def test_protection_holds_the_balancer(protection: bool) -> None:
    layer = _stack(environment(protection=protection))
    assert layer.one("aws_lb")["enable_deletion_protection"] is protection


def test_sessions_are_under_the_key() -> None:
    command = _default().one("aws_ecs_cluster")["configuration"]["execute_command_configuration"]
    assert command["kms_key_id"] == INFRASTRUCTURE.key_arn
    assert command["log_configuration"]["cloud_watch_log_group_name"] == "exec_log_group"


CONNECTED = {"service_connect": True, "cpu": 512, "memory_mib": 1024, "tls_to_task": False, "idle_timeout_seconds": 300}


def test_a_service_is_found_by_nobody_by_default() -> None:
    assert "service_connect_configuration" not in _default().one("aws_ecs_service")
    assert not _default().all("aws_service_discovery_http_namespace")
    assert "appProtocol" not in _container(_default())["portMappings"][0]


def test_a_connected_service_has_a_name_a_log_and_no_time_limit_for_requests() -> None:
    layer = _stack(environment(service=CONNECTED))
    (name,) = layer.all("aws_service_discovery_http_namespace")
    assert layer.one("aws_service_discovery_http_namespace")["name"] == "sitechat-dev-main"
    assert layer.one("aws_ecs_service")["service_connect_configuration"] == {
        "enabled": True,
        "namespace": f"${{aws_service_discovery_http_namespace.{name}.arn}}",
        "log_configuration": {
            "log_driver": "awslogs",
            "options": {
                "awslogs-group": "app_log_group",
                "awslogs-region": "us-east-1",
                "awslogs-stream-prefix": "service-connect",
            },
        },
        "service": [
            {
                "port_name": "http",
                "client_alias": {"dns_name": "sitechat", "port": 8080},
                "timeout": {"idle_timeout_seconds": 300, "per_request_timeout_seconds": 0},
            }
        ],
    }
    (port,) = _container(layer)["portMappings"]
    assert (port["name"], port["appProtocol"]) == ("http", "http")
