"""The plane's metrics: what is measured, by minute; written to CloudWatch, and what follows from it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Protocol

from local_aws.traffic.clock import Clock
from local_aws.traffic.metrics.alarms import Alarms
from local_aws.traffic.metrics.embedded import EmbeddedMetricError, embedded_metrics
from local_aws.traffic.metrics.queues import measure_queues
from local_aws.traffic.metrics.readings import Readings
from local_aws.traffic.metrics.series import MINUTE, Series, metric
from local_aws.traffic.metrics.targets import requests_per_target
from local_aws.traffic.metrics.usage import Task, Usage
from local_aws.traffic.metrics.writing import write
from local_aws.traffic.world import World

# Where CloudFront and its web ACLs report to, whatever region the plane is for.
_GLOBAL_REGION = "us-east-1"
# Something that goes by the metrics, called with the end of each minute.
Follower = Callable[[int], Awaitable[None]]


class Invocation(Protocol):
    """What is needed of a request to a model: its metrics are values and units by name."""

    @property
    def model_id(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def metrics(self) -> Mapping[str, tuple[float, str]]: ...


class Metrics:
    """Measures by minutes of the plane's clock.

    `record`, `invoked` and `logged` are told by the parts that see requests and logs. `tick` closes a minute once it is
    over: tasks and queues are looked at, its values written to CloudWatch with the plane's time, alarms evaluated, and
    `followers` called. `tasks` gives the running tasks.
    """

    def __init__(self, world: World, clock: Clock, tasks: Callable[[], Iterable[Task]]) -> None:
        self._world, self._clock, self._tasks = world, clock, tasks
        self._series, self._usage = Series(), Usage(world)
        self.readings = Readings(world, clock, self._series)
        regions = tuple(dict.fromkeys((world.region, _GLOBAL_REGION)))
        self._regions = regions
        self.alarms = Alarms(world, clock, self.readings, regions)
        self.followers: list[Follower] = [self.alarms.evaluate]
        self._closed = _minute(clock.now())

    def record(
        self,
        namespace: str,
        name: str,
        dimensions: Mapping[str, str],
        value: float = 1,
        unit: str = "Count",
        *,
        region: str = "",
    ) -> None:
        """Take one value of a metric, now."""
        of = metric(region or self._world.region, namespace, name, dimensions)
        self._series.record(self._clock.now(), of, float(value), unit)

    def invoked(self, invocation: Invocation) -> None:
        """Take the metrics of a request to a model."""
        for name, (value, unit) in invocation.metrics.items():
            self.record("AWS/Bedrock", name, {"ModelId": invocation.model_id}, value, unit, region=invocation.region)

    def logged(self, region: str, line: bytes) -> None:
        """Take the metrics of a line that came into a log group of a region."""
        try:
            found = embedded_metrics(line)
        except EmbeddedMetricError as problem:
            print(f"metrics: a log line has none that CloudWatch takes: {problem}", file=sys.stderr, flush=True)
            return
        for each in found:
            for value in each.values:
                self.record(each.namespace, each.name, each.dimensions, value, each.unit, region=region)

    async def tick(self) -> None:
        """Close the minute that is over, if one is. Of several that went by, alarms see the last state alone."""
        end = _minute(self._clock.now())
        if end <= self._closed:
            return
        first, self._closed = self._closed, end
        await _tried(self._look(end - MINUTE))
        for minute in range(first, end, MINUTE):
            requests_per_target(self._series, minute)
            await _tried(write(self._world, self._series, minute))
            self._series.shorten(minute)
        self._series.forget(end)
        await asyncio.gather(*(_tried(each(end)) for each in self.followers))

    async def _look(self, minute: int) -> None:
        """Take what is looked at once a minute, as values of that minute."""
        for used in await self._usage.look(self._tasks()):
            names: dict[str, Any] = {"ClusterName": used.cluster, "ServiceName": used.service}
            for name, value in (("CPUUtilization", used.cpu), ("MemoryUtilization", used.memory)):
                if value is not None:
                    of = metric(self._world.region, "AWS/ECS", name, names)
                    self._series.record(minute, of, value, "Percent")
        for region in self._regions:
            await measure_queues(self._world, self._series, region, minute)


async def _tried(work: Awaitable[None]) -> None:
    """Do a part of the work; what fails, such as at emulators that start, mustn't keep the rest from being done."""
    try:
        await work
    except Exception as problem:
        print(f"metrics: {problem!r}", file=sys.stderr, flush=True)


def _minute(at: float) -> int:
    return int(at // MINUTE) * MINUTE
