"""Application Auto Scaling of ECS services, by the plane's clock."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from local_aws.traffic.clock import Clock
from local_aws.traffic.metrics import Point, Readings, UnknownMetricError, values_of
from local_aws.traffic.scaling.schedules import UnknownScheduleError, is_due
from local_aws.traffic.scaling.services import Services, Target
from local_aws.traffic.scaling.tracking import LOOKED_MINUTES, History, Wish, decided, policy_of, wish_of
from local_aws.traffic.world import World

_MINUTE = 60
_TRACKING = "TargetTrackingScaling"
_OF_SERVICE = {
    "ECSServiceAverageCPUUtilization": "CPUUtilization",
    "ECSServiceAverageMemoryUtilization": "MemoryUtilization",
}


class Scaling:
    """Keeps desired counts within limits, which scheduled actions change, and follows target tracking policies."""

    def __init__(self, world: World, clock: Clock, readings: Readings) -> None:
        self._world, self._clock, self._readings = world, clock, readings
        self._services = Services(world)
        self._histories: dict[str, History] = {}
        self._noted: set[str] = set()
        self._looked_at = clock.now()
        self._seen: dict[str, float] = {}

    async def tick(self) -> None:
        """Run the scheduled actions that are due, and bring every service within its limits."""
        before, self._looked_at = self._looked_at, self._clock.now()
        for target in await self._services.targets():
            for action in await self._services.actions(target):
                await self._scheduled(target, action, before)
        for target in await self._services.targets():
            service = await self._services.service(target)
            if service is not None and target.within(service.desired) != service.desired:
                await self._services.change(target, target.within(service.desired), "its limits")

    async def follow(self, end: int) -> None:
        """Let policies act on the minutes that are over at `end`."""
        for target in await self._services.targets():
            policies = [each for each in await self._services.policies(target) if self._is_known(each)]
            if policies:
                wishes = [await self._wish(target, each, end) for each in policies]
                await self._act(target, wishes)

    async def _scheduled(self, target: Target, action: Mapping[str, Any], before: float) -> None:
        name, now = action["ScheduledActionName"], self._looked_at
        seen = self._seen.setdefault(action["ScheduledActionARN"], now)
        try:
            due = is_due(action, before, now, seen)
        except UnknownScheduleError as unknown:
            self._note(f"scheduled action {name} doesn't act: {unknown}")
            return
        if due and "ScheduledScalingSuspended" not in target.suspended:
            limits = dict(action.get("ScalableTargetAction") or {})
            self._note(f"scheduled action {name} sets {limits}")
            await self._services.limit(target, limits)

    async def _act(self, target: Target, wishes: list[Wish]) -> None:
        service = await self._services.service(target)
        if service is None:
            return
        history, now = self._histories.setdefault(target.resource_id, History()), self._clock.now()
        wish = decided(wishes, service.desired, history, now)
        if wish is None or self._held_back(target, wish, deploying=service.deploying):
            return
        base = history.capacity(wish.policy, service.desired, now) if wish.way == "out" else service.desired
        wanted = target.within(wish.count(base))
        if wanted == service.desired or (wanted > service.desired) != (wish.way == "out"):
            return
        reason = f"policy {wish.policy.name}, {wish.value:g} where {wish.policy.target:g} is the target"
        await self._services.change(target, wanted, reason)
        if wish.way == "out":
            history.scaled_out(wish, base, now)
        else:
            history.in_at = now

    def _held_back(self, target: Target, wish: Wish, *, deploying: bool) -> bool:
        """Whether a scaling is suspended; a deployment suspends scaling in ("Service auto scaling", ECS guide)."""
        if wish.way == "out":
            return "DynamicScalingOutSuspended" in target.suspended
        return deploying or "DynamicScalingInSuspended" in target.suspended

    async def _wish(self, target: Target, told: Mapping[str, Any], end: int) -> Wish:
        policy = policy_of(told)
        try:
            asked = _asked(target, told["TargetTrackingScalingPolicyConfiguration"])
            _, values = await values_of(self._readings, self._world.region, asked, LOOKED_MINUTES, end)
        except UnknownMetricError as unknown:
            self._note(f"policy {policy.name} doesn't act: {unknown}")
            return Wish(policy, "stay")
        first = end - _MINUTE * LOOKED_MINUTES
        return wish_of(policy, [Point(first + _MINUTE * at, values.get(at)) for at in range(LOOKED_MINUTES)])

    def _is_known(self, told: Mapping[str, Any]) -> bool:
        if told.get("PolicyType") != _TRACKING:
            self._note(f"policy {told['PolicyName']} doesn't act: {told.get('PolicyType')}")
        return told.get("PolicyType") == _TRACKING

    def _note(self, text: str) -> None:
        if text not in self._noted:
            self._noted.add(text)
            print(f"scaling: {text}", file=sys.stderr, flush=True)


def _asked(target: Target, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """A policy's metric as alarms name theirs. Raises UnknownMetricError."""
    if custom := settings.get("CustomizedMetricSpecification"):
        if custom.get("Metrics"):
            return {"Metrics": [_by_minute(each) for each in custom["Metrics"]]}
        return {**custom, "Period": _MINUTE}
    predefined = settings["PredefinedMetricSpecification"]
    kind = predefined["PredefinedMetricType"]
    if kind in _OF_SERVICE:
        cluster, name = target.place
        dimensions = [{"Name": "ClusterName", "Value": cluster}, {"Name": "ServiceName", "Value": name}]
        return _metric("AWS/ECS", _OF_SERVICE[kind], dimensions, "Average")
    if kind != "ALBRequestCountPerTarget":
        raise UnknownMetricError(f"predefined metric {kind}")
    balancer, _, group = predefined["ResourceLabel"].partition("/targetgroup/")
    ends = {"LoadBalancer": balancer, "TargetGroup": f"targetgroup/{group}"}
    dimensions = [{"Name": name, "Value": value} for name, value in ends.items()]
    return _metric("AWS/ApplicationELB", "RequestCountPerTarget", dimensions, "Sum")


def _metric(namespace: str, name: str, dimensions: list[dict[str, str]], statistic: str) -> Mapping[str, Any]:
    named = {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions}
    return {**named, "Statistic": statistic, "Period": _MINUTE}


def _by_minute(query: Mapping[str, Any]) -> Mapping[str, Any]:
    stat = query.get("MetricStat")
    return {**query, "MetricStat": {**stat, "Period": _MINUTE}} if stat else query
