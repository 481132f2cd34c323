from __future__ import annotations

import json
from typing import Any

import pytest

from constructs_lib.containers.task import ApplicationTask, ContainerSettings, LogConfiguration, TaskSize
from tests.support.synthesised import Resource, template


def _task(container: ContainerSettings, **changes: Any) -> Resource:
    arguments: dict[str, Any] = {
        "family": "app",
        "size": TaskSize(cpu=256, memory_mib=512, architecture="ARM64"),
        "execution_role_arn": "arn:of:execution",
        "task_role_arn": "arn:of:task",
        "container": container,
        "logs": LogConfiguration("/app", "us-east-1"),
    }
    return template(lambda scope: ApplicationTask(scope, "task", **{**arguments, **changes})).one(
        "aws_ecs_task_definition"
    )


def _container(task: Resource) -> dict[str, Any]:
    (container,) = json.loads(task["container_definitions"])
    assert isinstance(container, dict)
    return container


@pytest.fixture(scope="module")
def task() -> Resource:
    return _task(ContainerSettings(image="registry/app:1", port=8080))


@pytest.fixture(scope="module")
def full() -> dict[str, Any]:
    settings = ContainerSettings(
        image="registry/app@sha256:0",
        port=9000,
        environment={"B": "2", "A": "1"},
        secrets={"SECRET_B": "arn:of:b", "SECRET_A": "arn:of:a"},
        stop_timeout_seconds=120,
        health_command=("CMD", "true"),
    )
    return _container(_task(settings))


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("network_mode", "awsvpc"),
        ("requires_compatibilities", ["FARGATE"]),
        ("cpu", "256"),
        ("memory", "512"),
        ("runtime_platform", {"cpu_architecture": "ARM64", "operating_system_family": "LINUX"}),
        ("execution_role_arn", "arn:of:execution"),
        ("task_role_arn", "arn:of:task"),
        ("volume", [{"name": "tmp"}]),
        ("skip_destroy", True),
    ],
)
def test_task(task: Resource, attribute: str, value: object) -> None:
    assert task[attribute] == value


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("image", "registry/app:1"),
        ("essential", True),
        ("user", "10001:10001"),
        ("readonlyRootFilesystem", True),
        ("linuxParameters", {"initProcessEnabled": True}),
        ("mountPoints", [{"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": False}]),
        ("portMappings", [{"name": "http", "containerPort": 8080, "protocol": "tcp"}]),
        ("environment", []),
        ("secrets", []),
        ("stopTimeout", 30),
    ],
)
def test_container_default(task: Resource, attribute: str, value: object) -> None:
    assert _container(task)[attribute] == value


def test_a_shell_gets_folders_its_agent_can_write_to() -> None:
    task = _task(ContainerSettings(image="registry/app:1", port=8080), execute_command=True)
    container = _container(task)
    mounted = {each["containerPath"]: each["sourceVolume"] for each in container["mountPoints"]}
    assert set(mounted) == {"/tmp", "/managed-agents", "/var/lib/amazon/ssm", "/var/log/amazon/ssm"}
    assert not any(each["readOnly"] for each in container["mountPoints"])
    assert sorted(mounted.values()) == sorted(each["name"] for each in task["volume"])
    assert container["readonlyRootFilesystem"] is True


@pytest.mark.parametrize("attribute", ["privileged", "dockerSecurityOptions"])
def test_no_privilege_is_asked_for(task: Resource, attribute: str) -> None:
    assert attribute not in _container(task)


@pytest.mark.parametrize("attribute", ["pid_mode", "ipc_mode"])
def test_no_namespace_is_shared(task: Resource, attribute: str) -> None:
    assert attribute not in task


def test_it_is_asked_for_its_health(task: Resource) -> None:
    check = _container(task)["healthCheck"]
    assert check["command"] == ["CMD", "python", "-m", "sitechat_app.healthcheck"]
    assert (check["interval"], check["timeout"], check["retries"], check["startPeriod"]) == (30, 5, 3, 30)


def test_it_logs_without_waiting(task: Resource) -> None:
    logging = _container(task)["logConfiguration"]
    assert logging["logDriver"] == "awslogs"
    assert logging["options"] == {
        "awslogs-group": "/app",
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "app",
        "mode": "non-blocking",
        "max-buffer-size": "4m",
    }


def test_variables_come_in_a_stable_order(full: dict[str, Any]) -> None:
    assert full["environment"] == [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]


def test_secrets_are_named_never_held(full: dict[str, Any]) -> None:
    assert full["secrets"] == [
        {"name": "SECRET_A", "valueFrom": "arn:of:a"},
        {"name": "SECRET_B", "valueFrom": "arn:of:b"},
    ]


def test_port_stop_timeout_image_and_health_can_be_chosen(full: dict[str, Any]) -> None:
    assert full["image"] == "registry/app@sha256:0"
    assert full["portMappings"][0]["containerPort"] == 9000
    assert full["stopTimeout"] == 120
    assert full["healthCheck"]["command"] == ["CMD", "true"]
