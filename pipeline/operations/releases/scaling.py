"""Scaling in and scheduled actions, suspended while CodeDeploy moves visitors, and resumed afterwards.

A scaling event that isn't steady within five minutes can fail such a deployment ("CodeDeploy blue/green deployments for
Amazon ECS", ECS developer guide). Scaling out goes on: visitors come first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.aws import asked, failed_to
from pipeline.operations.releases.service import DeployedService
from pipeline.session import Session

SUSPENDED = ("DynamicScalingInSuspended", "ScheduledScalingSuspended")
_DIMENSION = "ecs:service:DesiredCount"


def to_suspend(session: Session, service: DeployedService) -> tuple[str, ...]:
    """What `suspend` would suspend: nothing that somebody has suspended already. Raises SitechatError (6)."""
    target = _target(session, service)
    if target is None:
        return ()
    state = target.get("SuspendedState") or {}
    return tuple(each for each in SUSPENDED if not state.get(each))


def suspended_now(session: Session, service: DeployedService, names: Sequence[str]) -> tuple[str, ...]:
    """Those of `names` that are suspended at this moment, whoever did it. Raises SitechatError (6)."""
    state = (_target(session, service) or {}).get("SuspendedState") or {}
    return tuple(each for each in names if state.get(each))


def suspend(session: Session, service: DeployedService, names: Sequence[str]) -> None:
    """Suspend these kinds of scaling. Raises SitechatError (6)."""
    _put(session, service, names, suspended=True)


def resume(session: Session, service: DeployedService, names: Sequence[str]) -> None:
    """Resume these kinds of scaling; safe to repeat. Raises SitechatError (6)."""
    _put(session, service, names, suspended=False)


def _put(session: Session, service: DeployedService, names: Sequence[str], *, suspended: bool) -> None:
    target = _target(session, service) if names else None
    if target is None:
        return
    asked(
        session.client("application-autoscaling").register_scalable_target,
        otherwise=failed_to(f"{'suspend' if suspended else 'resume'} scaling"),
        ServiceNamespace="ecs",
        ResourceId=_resource(service),
        ScalableDimension=_DIMENSION,
        SuspendedState={**(target.get("SuspendedState") or {}), **dict.fromkeys(names, suspended)},
    )


def _target(session: Session, service: DeployedService) -> Mapping[str, Any] | None:
    answer = asked(
        session.client("application-autoscaling").describe_scalable_targets,
        otherwise=failed_to("describe the scaling of the service"),
        ServiceNamespace="ecs",
        ResourceIds=[_resource(service)],
        ScalableDimension=_DIMENSION,
    )
    found = answer["ScalableTargets"]
    return dict(found[0]) if found else None


def _resource(service: DeployedService) -> str:
    return f"service/{service.cluster.rpartition('/')[2]}/{service.name}"
