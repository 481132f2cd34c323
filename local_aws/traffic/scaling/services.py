"""Scalable targets that are ECS services, and the services behind them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from local_aws.traffic.world import World

_DIMENSION = "ecs:service:DesiredCount"
_NAMESPACE = "ecs"


@dataclass(frozen=True)
class Target:
    """A scalable target with its limits. `suspended` names the kinds of scaling that are switched off for it."""

    resource_id: str
    least: int
    most: int
    suspended: frozenset[str]

    @property
    def place(self) -> tuple[str, str]:
        """Names of cluster and service."""
        _, cluster, name = self.resource_id.split("/")
        return cluster, name

    def within(self, count: int) -> int:
        """A count within the limits."""
        return min(max(count, self.least), self.most)


@dataclass(frozen=True)
class Service:
    """A running service: how many tasks it should have, and whether a deployment is in progress."""

    desired: int
    deploying: bool


class Services:
    """Reads and changes services by the emulators' APIs."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def targets(self) -> list[Target]:
        """All scalable targets that are services."""
        read = partial(
            self._world.client("application-autoscaling").describe_scalable_targets, ServiceNamespace=_NAMESPACE
        )
        told = await asyncio.to_thread(read)
        found = [each for each in told["ScalableTargets"] if each["ScalableDimension"] == _DIMENSION]
        return [_target(each) for each in found]

    async def policies(self, target: Target) -> list[Mapping[str, Any]]:
        """Scaling policies of a target."""
        told = await self._scaling("describe_scaling_policies", ResourceId=target.resource_id)
        return [each for each in told["ScalingPolicies"] if each["ScalableDimension"] == _DIMENSION]

    async def actions(self, target: Target) -> list[Mapping[str, Any]]:
        """Scheduled actions of a target."""
        told = await self._scaling("describe_scheduled_actions", ResourceId=target.resource_id)
        return [each for each in told["ScheduledActions"] if each["ScalableDimension"] == _DIMENSION]

    async def limit(self, target: Target, limits: Mapping[str, int]) -> None:
        """Set the limits of a target: MinCapacity, MaxCapacity, or both."""
        named = {"ServiceNamespace": _NAMESPACE, "ScalableDimension": _DIMENSION, "ResourceId": target.resource_id}
        register = partial(self._world.client("application-autoscaling").register_scalable_target, **named, **limits)
        await asyncio.to_thread(register)

    async def service(self, target: Target) -> Service | None:
        """The service of a target; None while it doesn't run."""
        cluster, name = target.place
        read = partial(self._world.client("ecs").describe_services, cluster=cluster, services=[name])
        found = [each for each in (await asyncio.to_thread(read))["services"] if each["status"] == "ACTIVE"]
        if not found:
            return None
        deploying = any(each.get("rolloutState") == "IN_PROGRESS" for each in found[0].get("deployments", []))
        return Service(found[0]["desiredCount"], deploying)

    async def change(self, target: Target, desired: int, reason: str) -> None:
        """Set a service's desired count."""
        cluster, name = target.place
        update = partial(self._world.client("ecs").update_service, cluster=cluster, service=name, desiredCount=desired)
        await asyncio.to_thread(update)
        print(f"scaling {target.resource_id} to {desired}: {reason}", file=sys.stderr, flush=True)

    async def _scaling(self, operation: str, **asked: str) -> Mapping[str, Any]:
        client = self._world.client("application-autoscaling")
        read = partial(getattr(client, operation), ServiceNamespace=_NAMESPACE, **asked)
        told: Mapping[str, Any] = await self._world.ask(f"{operation} {asked}", read)
        return told


def _target(told: Mapping[str, Any]) -> Target:
    state = told.get("SuspendedState") or {}
    suspended = frozenset(name for name, is_so in state.items() if is_so)
    return Target(told["ResourceId"], told["MinCapacity"], told["MaxCapacity"], suspended)
