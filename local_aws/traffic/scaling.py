"""Application Auto Scaling of ECS services, as far as its limits: never fewer or more tasks than they say.

Target tracking is stored and does not act yet.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from local_aws.traffic.world import World

_DIMENSION = "ecs:service:DesiredCount"


class Scaling:
    """Keeps desired counts within the limits of scalable targets."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def tick(self) -> None:
        """Bring every service within its limits."""
        scaling, ecs = self._world.client("application-autoscaling"), self._world.client("ecs")
        read = partial(scaling.describe_scalable_targets, ServiceNamespace="ecs")
        told: Any = await self._world.ask("scalable targets", read)
        for target in told["ScalableTargets"]:
            if target["ScalableDimension"] == _DIMENSION:
                await self._world.ask(f"limits of {target['ResourceId']}", partial(_keep_within, ecs, target))


def _keep_within(ecs: Any, target: dict[str, Any]) -> None:
    _, cluster, name = target["ResourceId"].split("/")
    services = ecs.describe_services(cluster=cluster, services=[name])["services"]
    found = next((each for each in services if each["status"] == "ACTIVE"), None)
    if found is None:
        return
    wanted = min(max(found["desiredCount"], target["MinCapacity"]), target["MaxCapacity"])
    if wanted != found["desiredCount"]:
        ecs.update_service(cluster=cluster, service=name, desiredCount=wanted)
