"""Tasks whose targets a load balancer finds unhealthy: ECS replaces them, and ministack doesn't look.

After the service's grace period ("healthCheckGracePeriodSeconds", ECS API reference) a task that one of its load
balancers finds unhealthy is ended; ministack's scheduler then starts another one, and counts a failure where a
deployment runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from local_aws.traffic.tasks.container import Container


class _Target(Protocol):
    @property
    def ip(self) -> str: ...


class _Health(Protocol):
    @property
    def target(self) -> _Target: ...

    @property
    def state(self) -> str: ...


# Health of the targets of a target group, None for a group that no load balancer has.
HealthOf = Callable[[str], Sequence[_Health] | None]


def end_unhealthy(containers: Iterable[Container], health_of: HealthOf, now: float) -> None:
    """End the containers whose targets are unhealthy at `now`, in seconds of the plane."""
    for container in containers:
        if container.state != "running" or container.leaving or container.began is None:
            continue
        if now - container.began < container.deployed.grace_seconds:
            continue
        for group in container.deployed.target_groups:
            if _unhealthy(container.address.ip, health_of(group) or ()):
                container.leaving = True
                container.refuse(f"Task failed ELB health checks in (target-group {group})")
                break


def _unhealthy(ip: str, targets: Iterable[_Health]) -> bool:
    return any(each.target.ip == ip and each.state == "unhealthy" for each in targets)
