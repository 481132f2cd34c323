"""The task definition of the application."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cdktf_cdktf_provider_aws.ecs_task_definition import (
    EcsTaskDefinition,
    EcsTaskDefinitionRuntimePlatform,
    EcsTaskDefinitionVolume,
)
from constructs import Construct

CONTAINER = "app"
# Numbers, so that nobody has to read /etc/passwd of an image.
USER = "10001:10001"
# Name of its one port, by which Service Connect finds it.
PORT_NAME = "http"
# Folders the container may write to, by the name of the volume. An image that writes to /tmp as another user than root
# declares it as VOLUME: a volume gets the rights of the image's folder, and belongs to root without one ("Use bind
# mounts", ECS developer guide).
VOLUMES = {"tmp": "/tmp"}
# Folders that the agent of ECS Exec writes to. It runs as root, and the root file system is read-only
# (aws/containers-roadmap#1359).
EXEC_VOLUMES = {
    "exec-agents": "/managed-agents",
    "exec-lib": "/var/lib/amazon/ssm",
    "exec-log": "/var/log/amazon/ssm",
}


@dataclass(frozen=True)
class ContainerSettings:
    """Image, port, variables and timings of the application's container.

    `secrets` maps environment variables to secret ARNs. `stop_timeout_seconds` is at most 120 (ECS task definition).
    `app_protocol` is what a proxy of Service Connect reads at the port; empty where there is none.
    """

    image: str
    port: int
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    stop_timeout_seconds: int = 30
    app_protocol: str = ""
    health_command: tuple[str, ...] = ("CMD", "python", "-m", "sitechat_app.healthcheck")


@dataclass(frozen=True)
class Collector:
    """A collector of spans beside the application: its name, image, variables and hard limit of memory.

    `health_command` is of the image. ECS goes on with the task where it ends.
    """

    name: str
    image: str
    environment: Mapping[str, str]
    memory_mib: int
    health_command: tuple[str, ...] = ("CMD", "/healthcheck")


@dataclass(frozen=True)
class TaskSize:
    """CPU units and memory, a pair Fargate offers, as in 256 and 512 (ECS task size table), and `X86_64` or `ARM64`."""

    cpu: int
    memory_mib: int
    architecture: str


@dataclass(frozen=True)
class LogConfiguration:
    """Log group that the container's output goes to, in streams named after the container."""

    log_group_name: str
    region: str


class ApplicationTask(Construct):
    """A Fargate task: one non-root container with a read-only root file system and a writable `/tmp`.

    `execute_command` adds volumes for the agent that opens a shell. `collector` is a second container.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        family: str,
        size: TaskSize,
        execution_role_arn: str,
        task_role_arn: str,
        container: ContainerSettings,
        logs: LogConfiguration,
        execute_command: bool = False,
        collector: Collector | None = None,
    ) -> None:
        super().__init__(scope, id_)
        beside = [_collector(collector, container, logs)] if collector else []
        volumes = {**VOLUMES, **(EXEC_VOLUMES if execute_command else {})}
        self.task = EcsTaskDefinition(
            self,
            "task",
            family=family,
            cpu=str(size.cpu),
            memory=str(size.memory_mib),
            network_mode="awsvpc",
            requires_compatibilities=["FARGATE"],
            runtime_platform=_platform(size.architecture),
            execution_role_arn=execution_role_arn,
            task_role_arn=task_role_arn,
            container_definitions=json.dumps([_container(container, volumes, logs), *beside], sort_keys=True),
            volume=[EcsTaskDefinitionVolume(name=name) for name in volumes],
            # Releases go back to an older revision; deregistering it would make that impossible.
            skip_destroy=True,
        )
        self.arn: str = self.task.arn


def _platform(architecture: str) -> EcsTaskDefinitionRuntimePlatform:
    return EcsTaskDefinitionRuntimePlatform(cpu_architecture=architecture, operating_system_family="LINUX")


def _port(settings: ContainerSettings) -> dict[str, Any]:
    read = {"appProtocol": settings.app_protocol} if settings.app_protocol else {}
    return {"name": PORT_NAME, "containerPort": settings.port, "protocol": "tcp", **read}


def _collector(collector: Collector, beside: ContainerSettings, logs: LogConfiguration) -> dict[str, Any]:
    return {
        "name": collector.name,
        "image": collector.image,
        "essential": False,
        "user": USER,
        "readonlyRootFilesystem": True,
        "linuxParameters": {"initProcessEnabled": True},
        "memory": collector.memory_mib,
        "environment": [{"name": name, "value": value} for name, value in sorted(collector.environment.items())],
        "stopTimeout": beside.stop_timeout_seconds,
        "healthCheck": _health_check(collector.health_command),
        "logConfiguration": _logs(logs, collector.name),
    }


def _health_check(command: tuple[str, ...]) -> dict[str, Any]:
    return {"command": list(command), "interval": 30, "timeout": 5, "retries": 3, "startPeriod": 30}


def _logs(logs: LogConfiguration, container: str) -> dict[str, Any]:
    return {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": logs.log_group_name,
            "awslogs-region": logs.region,
            "awslogs-stream-prefix": container,
            "mode": "non-blocking",
            "max-buffer-size": "4m",
        },
    }


def _container(settings: ContainerSettings, volumes: Mapping[str, str], logs: LogConfiguration) -> dict[str, Any]:
    return {
        "name": CONTAINER,
        "image": settings.image,
        "essential": True,
        "user": USER,
        "readonlyRootFilesystem": True,
        "linuxParameters": {"initProcessEnabled": True},
        "mountPoints": [
            {"sourceVolume": name, "containerPath": path, "readOnly": False} for name, path in volumes.items()
        ],
        "portMappings": [_port(settings)],
        "environment": [{"name": name, "value": value} for name, value in sorted(settings.environment.items())],
        "secrets": [{"name": name, "valueFrom": arn} for name, arn in sorted(settings.secrets.items())],
        "stopTimeout": settings.stop_timeout_seconds,
        "healthCheck": _health_check(settings.health_command),
        "logConfiguration": _logs(logs, CONTAINER),
    }
