"""What is deployed about the task of a container: its definition, service and subnets, as the emulators tell them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from local_aws.hidden_services import visible_name
from local_aws.scheduling import BY_SCHEDULER
from local_aws.traffic.arns import arn
from local_aws.traffic.world import World

TASK = "com.amazonaws.ecs.task-arn"
CONTAINER = "com.amazonaws.ecs.container-name"
FAMILY = "com.amazonaws.ecs.task-definition-family"
REVISION = "com.amazonaws.ecs.task-definition-version"
# Of ECS where a definition says nothing, and the most that Fargate takes ("stopTimeout", ECS API reference).
STOP_SECONDS = 30
MOST_STOP_SECONDS = 120
# Of a target group that says nothing ("Deregistration delay", ELB user guide).
_DEREGISTRATION_SECONDS = 300


@dataclass(frozen=True)
class HealthCheck:
    """A container's health check; times in seconds. Defaults are those of ECS ("HealthCheck", API reference)."""

    command: tuple[str, ...]
    interval: float = 30
    timeout: float = 5
    retries: int = 3
    start_period: float = 0


@dataclass(frozen=True)
class DeployedContainer:
    """One container of a task definition (`revision` is its family and number), and the task it belongs to.

    `service` is the name that clients know; target groups and network are those of the task's task set, if it has one.
    """

    task_arn: str
    cluster: str
    name: str
    service: str
    revision: str
    task_role_arn: str
    execution_role_arn: str
    entrypoint: tuple[str, ...] | None
    working_directory: str
    user: str
    ports: tuple[int, ...]
    stop_seconds: float
    health: HealthCheck | None
    secrets: tuple[str, ...]
    log_group: str
    subnets: tuple[tuple[str, str], ...]
    groups: tuple[str, ...]
    target_groups: tuple[str, ...]
    grace_seconds: float


class DeployedTasks:
    """Answers about tasks, from ECS and EC2."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def container(self, labels: Mapping[str, str]) -> DeployedContainer:
        """The container that ministack's labels name. Raises LookupError when ECS knows no such task."""
        task_arn = labels[TASK]
        region, cluster = _place(task_arn)
        definition = await self._definition(region, f"{labels[FAMILY]}:{labels[REVISION]}")
        found = [each for each in definition["containerDefinitions"] if each["name"] == labels[CONTAINER]]
        if not found:
            raise LookupError(f"task definition {labels[FAMILY]} has no container {labels[CONTAINER]}")
        service = await self._service(region, cluster, task_arn)
        network = (service.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
        container = found[0]
        health = container.get("healthCheck")
        log = container.get("logConfiguration") or {}
        return DeployedContainer(
            task_arn,
            cluster,
            container["name"],
            visible_name(service.get("serviceName", "")),
            f"{labels[FAMILY]}:{labels[REVISION]}",
            definition.get("taskRoleArn") or "",
            definition.get("executionRoleArn") or "",
            tuple(container["entryPoint"]) if container.get("entryPoint") else None,
            container.get("workingDirectory") or "",
            container.get("user") or "",
            tuple(each["containerPort"] for each in container.get("portMappings", [])),
            min(container.get("stopTimeout") or STOP_SECONDS, MOST_STOP_SECONDS),
            _health(health) if health and health["command"] != ["NONE"] else None,
            tuple(each["valueFrom"] for each in container.get("secrets", [])),
            (log.get("options") or {}).get("awslogs-group", "") if log.get("logDriver") == "awslogs" else "",
            await self._subnets(region, network.get("subnets", [])),
            tuple(network.get("securityGroups", [])),
            tuple(each["targetGroupArn"] for each in service.get("loadBalancers", []) if each.get("targetGroupArn")),
            service.get("healthCheckGracePeriodSeconds") or 0,
        )

    async def wanted(self, task_arn: str) -> bool:
        """Whether ECS still wants a task to run."""
        region, cluster = _place(task_arn)
        task = await self._task(region, cluster, task_arn)
        return bool(task.get("desiredStatus", "STOPPED") != "STOPPED")

    async def drain_seconds(self, container: DeployedContainer) -> float:
        """How long the load balancer finishes answers of a task before its containers are stopped.

        None at all for a task that a person stops (aws/containers-roadmap#708); where the service's scheduler does, ECS
        deregisters the targets first and waits ("DEACTIVATING", task life cycle, ECS developer guide).
        """
        region, cluster = _place(container.task_arn)
        task = await self._task(region, cluster, container.task_arn)
        if task.get("stoppedReason") not in BY_SCHEDULER:
            return 0
        return max([await self._delay(region, group) for group in container.target_groups], default=0)

    async def digest(self, image: str) -> str | None:
        """Digest of an image in the emulated registry, by `REPOSITORY@DIGEST` or `REPOSITORY:TAG`; None without one."""
        registry, _, path = image.partition("/")
        words = registry.split(".")
        if len(words) < 6 or words[1:3] != ["dkr", "ecr"]:
            return None
        repository, at, digest = path.partition("@")
        tag = ""
        if not at:
            repository, _, tag = path.partition(":")
        wanted = {"imageDigest": digest} if at else {"imageTag": tag or "latest"}
        ecr = self._world.client("ecr", words[3])
        ask = partial(ecr.batch_get_image, repositoryName=repository, imageIds=[wanted])
        try:
            answer = await self._world.ask(f"ecr {words[3]} {repository} {wanted}", ask)
        except ecr.exceptions.RepositoryNotFoundException:
            return None
        found = [each["imageId"]["imageDigest"] for each in answer["images"]]
        return found[0] if found else None

    async def _delay(self, region: str, group: str) -> float:
        ask = partial(self._world.client("elbv2", region).describe_target_group_attributes, TargetGroupArn=group)
        told = await self._world.ask(f"elbv2 {region} attributes {group}", ask)
        found = {each["Key"]: each["Value"] for each in told["Attributes"]}
        return float(found.get("deregistration_delay.timeout_seconds") or _DEREGISTRATION_SECONDS)

    async def _definition(self, region: str, name: str) -> dict[str, Any]:
        ask = partial(self._world.client("ecs", region).describe_task_definition, taskDefinition=name)
        answer = await self._world.ask(f"ecs {region} definition {name}", ask)
        return dict(answer["taskDefinition"])

    async def _task(self, region: str, cluster: str, task_arn: str) -> dict[str, Any]:
        ask = partial(self._world.client("ecs", region).describe_tasks, cluster=cluster, tasks=[task_arn])
        answer = await self._world.ask(f"ecs {region} task {task_arn}", ask)
        return dict(answer["tasks"][0]) if answer["tasks"] else {}

    async def _service(self, region: str, cluster: str, task_arn: str) -> dict[str, Any]:
        group = str((await self._task(region, cluster, task_arn)).get("group", ""))
        if not group.startswith("service:"):
            return {}
        name = group.partition(":")[2]
        ask = partial(self._world.client("ecs", region).describe_services, cluster=cluster, services=[name])
        answer = await self._world.ask(f"ecs {region} service {cluster} {name}", ask)
        return dict(answer["services"][0]) if answer["services"] else {}

    async def _subnets(self, region: str, ids: list[str]) -> tuple[tuple[str, str], ...]:
        if not ids:
            return ()
        ask = partial(self._world.client("ec2", region).describe_subnets, SubnetIds=ids)
        answer = await self._world.ask(f"ec2 {region} subnets {' '.join(ids)}", ask)
        known = {each["SubnetId"]: each["CidrBlock"] for each in answer["Subnets"]}
        return tuple((each, known[each]) for each in ids if each in known)


def _place(task_arn: str) -> tuple[str, str]:
    """Region and cluster of a task."""
    parts = arn(task_arn)
    return parts.region, parts.resource.split("/")[1]


def _health(told: Mapping[str, Any]) -> HealthCheck:
    kind, *words = told["command"]
    command = ("/bin/sh", "-c", " ".join(words)) if kind == "CMD-SHELL" else tuple(words)
    return HealthCheck(
        command,
        told.get("interval") or 30,
        told.get("timeout") or 5,
        told.get("retries") or 3,
        told.get("startPeriod") or 0,
    )
