"""Running containers as other parts of the plane see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local_aws.traffic.tasks.container import Container
from local_aws.traffic.tasks.environment import sends_spans


@dataclass(frozen=True)
class RunningTask:
    """A container as other parts of the plane see it. `subnet` is empty where nobody can tell it.

    `pid` is its first process, which leads its session; `revision` names its task definition; `sends_spans` says that
    its environment names X-Ray's endpoint for spans.
    """

    task_arn: str
    cluster: str
    service: str
    container: str
    ip: str
    subnet: str
    groups: tuple[str, ...]
    ports: Mapping[int, int]
    task_role_arn: str
    key_id: str
    health: str
    folder: Path
    pid: int
    revision: str
    sends_spans: bool


def running_task(container: Container, key_id: str) -> RunningTask:
    """What is seen of a container whose role has an access key id, or none."""
    deployed = container.deployed
    return RunningTask(
        deployed.task_arn,
        deployed.cluster,
        deployed.service,
        deployed.name,
        container.address.ip,
        container.address.subnet,
        deployed.groups,
        container.ports,
        deployed.task_role_arn,
        key_id,
        container.health.state if container.health else "UNKNOWN",
        container.folder,
        container.pid,
        deployed.revision,
        sends_spans(container.launch.environment),
    )
