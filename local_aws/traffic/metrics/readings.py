"""Values of metrics by period: the plane's own, and what others wrote to CloudWatch."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import floor
from typing import Any

from local_aws.traffic.clock import Clock
from local_aws.traffic.metrics.series import Metric, Series, check_plain, check_statistic, metric, statistic
from local_aws.traffic.metrics.unknown import UnknownMetricError
from local_aws.traffic.world import World

# Namespaces that the plane measures itself; nobody else may write to them (PutMetricData refuses "AWS/").
OWN = frozenset(("AWS/ApplicationELB", "AWS/Bedrock", "AWS/CloudFront", "AWS/ECS", "AWS/SQS", "AWS/WAFV2"))
# Longer than any stretch that is asked for, so that ministack answers with one value for all of it.
_WHOLE_SECONDS = 10**9


@dataclass(frozen=True)
class Wanted:
    """A statistic of a metric over periods. `end` is the end of the last one, by the plane's clock."""

    metric: Metric
    statistic: str
    period: int
    periods: int
    end: int

    def windows(self) -> list[tuple[int, int]]:
        """Start and end of each period, the oldest first."""
        first = self.end - self.period * self.periods
        return [(first + self.period * at, first + self.period * (at + 1)) for at in range(self.periods)]


class Readings:
    """Reads metrics for alarms and scaling.

    A namespace that log lines of tasks have is the plane's own. What others write carries the machine's time, which is
    taken for the plane's of that moment; periods of it begin and end with a second of the machine, which is
    `clock.factor` seconds of the plane.
    """

    def __init__(self, world: World, clock: Clock, series: Series) -> None:
        self._world, self._clock, self._series = world, clock, series
        self._written: dict[str, tuple[int, asyncio.Task[frozenset[Metric]]]] = {}

    async def points(self, wanted: Wanted) -> Mapping[int, float]:
        """Values by the number of their period. Raises UnknownMetricError."""
        check_statistic(wanted.statistic)
        if wanted.metric.namespace in OWN or self._series.has(wanted.metric.region, wanted.metric.namespace):
            return self._own(wanted)
        return await self._others(wanted)

    def _own(self, wanted: Wanted) -> Mapping[int, float]:
        read = (self._series.values(wanted.metric, start, end) for start, end in wanted.windows())
        found = enumerate(statistic(each, wanted.statistic) for each in read)
        return {at: value for at, value in found if value is not None}

    async def _others(self, wanted: Wanted) -> Mapping[int, float]:
        check_plain(wanted.statistic)
        written = await self._listed(wanted.metric.region, wanted.end)
        alike = [
            each for each in written if (each.namespace, each.name) == (wanted.metric.namespace, wanted.metric.name)
        ]
        if wanted.metric not in alike:
            return {}
        if not wanted.metric.dimensions and len(alike) > 1:
            raise UnknownMetricError(f"{wanted.metric.name} without dimensions, beside the same with dimensions")
        asked = [asyncio.to_thread(self._asked, wanted, *window) for window in wanted.windows()]
        found = enumerate(await asyncio.gather(*asked))
        return {at: value for at, value in found if value is not None}

    async def _listed(self, region: str, end: int) -> frozenset[Metric]:
        """All metrics that were written; asked for once a minute, after it is over."""
        held = self._written.get(region)
        if held is None or held[0] != end:
            held = (end, asyncio.create_task(asyncio.to_thread(self._list, region)))
            self._written[region] = held
        return await held[1]

    def _list(self, region: str) -> frozenset[Metric]:
        pages = self._world.client("cloudwatch", region).get_paginator("list_metrics").paginate()
        return frozenset(
            metric(region, each["Namespace"], each["MetricName"], _pairs(each["Dimensions"]))
            for page in pages
            for each in page["Metrics"]
        )

    def _asked(self, wanted: Wanted, start: int, end: int) -> float | None:
        dimensions = [{"Name": name, "Value": value} for name, value in wanted.metric.dimensions]
        asked = {"Namespace": wanted.metric.namespace, "MetricName": wanted.metric.name, "Dimensions": dimensions}
        stat = {"Metric": asked, "Period": _WHOLE_SECONDS, "Stat": wanted.statistic}
        told = self._world.client("cloudwatch", wanted.metric.region).get_metric_data(
            MetricDataQueries=[{"Id": "m", "MetricStat": stat}],
            StartTime=self._second(start),
            EndTime=self._second(end),
        )
        values = [value for each in told["MetricDataResults"] for value in each["Values"]]
        return float(values[0]) if values else None

    def _second(self, moment: int) -> datetime:
        return datetime.fromtimestamp(floor(self._clock.real(moment)), UTC)


def _pairs(dimensions: list[dict[str, Any]]) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in dimensions}
