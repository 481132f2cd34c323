"""CloudWatch's metric alarms: each is evaluated every minute of the plane's clock, and its state set."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local_aws.traffic.clock import Clock
from local_aws.traffic.metrics.expressions import Math, Points, Value, parsed
from local_aws.traffic.metrics.judging import COMPARISONS, EXTRA_PERIODS, Judgement, Point, Rule, judge
from local_aws.traffic.metrics.readings import Readings, Wanted
from local_aws.traffic.metrics.series import MINUTE, metric
from local_aws.traffic.metrics.unknown import UnknownMetricError
from local_aws.traffic.world import World

Item = Mapping[str, Any]
# What says that an alarm can't be evaluated here.
NOT_EVALUATED = "not evaluated by the emulation: "
_MISSING = ("missing", "ignore", "breaching", "notBreaching")


class Alarms:
    """Evaluates the alarms of `regions`.

    An alarm looks at the periods that end with the last full minute, as CloudWatch does once a minute; one that isn't
    known here has insufficient data, with the reason. CloudWatch then calls the actions of a changed state.
    """

    def __init__(self, world: World, clock: Clock, readings: Readings, regions: tuple[str, ...]) -> None:
        self._world, self._clock, self._readings, self._regions = world, clock, readings, regions

    async def evaluate(self, end: int) -> None:
        """Evaluate all alarms on the periods that end at a minute."""
        for region in self._regions:
            alarms = await asyncio.to_thread(self._read, region)
            work = (self._evaluate(region, each, end) for each in alarms)
            for alarm, problem in zip(alarms, await asyncio.gather(*work, return_exceptions=True), strict=True):
                if problem is not None:  # such as an alarm that was deleted meanwhile
                    print(f"alarm {alarm['AlarmName']}: {problem!r}", file=sys.stderr, flush=True)

    def _read(self, region: str) -> list[Item]:
        pages = self._world.client("cloudwatch", region).get_paginator("describe_alarms")
        return [each for page in pages.paginate(AlarmTypes=["MetricAlarm"]) for each in page["MetricAlarms"]]

    async def _evaluate(self, region: str, alarm: Item, end: int) -> None:
        points: list[Point] = []
        try:
            rule = rule_of(alarm)
            period, values = await values_of(self._readings, region, alarm, rule.periods + EXTRA_PERIODS, end)
            number = rule.periods + EXTRA_PERIODS
            points = [Point(end - period * (number - at), values.get(at)) for at in range(number)]
            found = judge(rule, points)
        except UnknownMetricError as unknown:
            found = Judgement("INSUFFICIENT_DATA", f"{NOT_EVALUATED}{unknown}")
        told = found.reason.startswith(NOT_EVALUATED) and found.reason != alarm.get("StateReason")
        if found.state is None or (found.state == alarm["StateValue"] and not told):
            return
        data = json.dumps(self._reason_data(alarm, points, end))
        await asyncio.to_thread(
            self._world.client("cloudwatch", region).set_alarm_state,
            AlarmName=alarm["AlarmName"],
            StateValue=found.state,
            StateReason=found.reason[:1023],
            StateReasonData=data,
        )
        change = f"{alarm['StateValue']} -> {found.state} by a clock {self._clock.factor:g} times as fast"
        print(f"alarm {alarm['AlarmName']}: {change}: {found.reason}", file=sys.stderr, flush=True)

    def _reason_data(self, alarm: Item, points: list[Point], end: int) -> Item:
        """CloudWatch's data of a state, and the factor of the clock that its times are of."""
        return {
            "version": "1.0",
            "queryDate": _iso(end),
            "startDate": _iso(points[0].at) if points else None,
            "recentDatapoints": [each.value for each in points if each.value is not None],
            "threshold": alarm.get("Threshold"),
            "emulatedClockFactor": self._clock.factor,
        }


def rule_of(alarm: Item) -> Rule:
    """The rule of an alarm as DescribeAlarms tells it. Raises UnknownMetricError."""
    comparison, missing = str(alarm.get("ComparisonOperator")), alarm.get("TreatMissingData") or "missing"
    if alarm.get("ThresholdMetricId") or comparison not in COMPARISONS:
        raise UnknownMetricError(f"comparison {comparison}, of anomaly detection")
    if alarm.get("EvaluateLowSampleCountPercentile") == "ignore":
        raise UnknownMetricError("EvaluateLowSampleCountPercentile ignore")
    if missing not in _MISSING:
        raise UnknownMetricError(f"TreatMissingData {missing}")
    periods = int(alarm["EvaluationPeriods"])
    return Rule(comparison, float(alarm["Threshold"]), periods, int(alarm.get("DatapointsToAlarm") or periods), missing)


async def values_of(
    readings: Readings, region: str, asked: Item, periods: int, end: int
) -> tuple[int, Mapping[int, float]]:
    """Length of a period, and the values by number of the period, of an alarm's metric or metric math.

    Raises UnknownMetricError.
    """
    queries = asked.get("Metrics") or [_as_query(asked)]
    if strange := {key for each in queries for key in each} - _KNOWN_KEYS:
        raise UnknownMetricError(f"{', '.join(sorted(strange))} of a metric query")
    lengths = {int(each["MetricStat"]["Period"]) for each in queries if each.get("MetricStat")}
    if len(lengths) != 1:
        raise UnknownMetricError("metrics of several periods, or none")
    period = lengths.pop()
    if period < MINUTE or period % MINUTE:
        raise UnknownMetricError(f"a period of {period} s")
    series = {}
    for each in queries:
        if stat := each.get("MetricStat"):
            series[each["Id"]] = await readings.points(_wanted(region, stat, period, periods, end))
    returned = [each for each in queries if each.get("ReturnData", True)]
    if len(returned) != 1:
        raise UnknownMetricError("several series that return data")
    value = _Queries(queries, series, range(periods)).value(returned[0]["Id"])
    if isinstance(value, tuple):
        raise UnknownMetricError("metric math that returns several series")
    return period, dict.fromkeys(range(periods), value) if isinstance(value, float) else value


_KNOWN_KEYS = {"Id", "MetricStat", "Expression", "Label", "ReturnData", "Period"}


class _Queries:
    """Values of a request's queries by id, expressions among them."""

    def __init__(self, queries: list[Item], series: Mapping[str, Points], periods: range) -> None:
        self._expressions = {each["Id"]: str(each["Expression"]) for each in queries if each.get("Expression")}
        self._series, self._periods = series, periods
        self._open: list[str] = []

    def value(self, id_: str) -> Value:
        """The value of an id. Raises UnknownMetricError for one that isn't there, or needs itself."""
        if id_ in self._series:
            return self._series[id_]
        if id_ not in self._expressions or id_ in self._open:
            raise UnknownMetricError(f"metric math with {id_}")
        self._open.append(id_)
        try:
            tree = parsed(self._expressions[id_])
            return Math(self._periods, self.value, self._series).value(tree)
        finally:
            self._open.remove(id_)


def _as_query(alarm: Item) -> Item:
    if not alarm.get("MetricName"):
        raise UnknownMetricError("an alarm without a metric")
    named = {"Namespace": alarm["Namespace"], "MetricName": alarm["MetricName"]}
    stat = alarm.get("Statistic") or alarm.get("ExtendedStatistic")
    metric_ = {**named, "Dimensions": alarm.get("Dimensions") or []}
    return {"Id": "m1", "MetricStat": {"Metric": metric_, "Period": alarm["Period"], "Stat": stat}}


def _wanted(region: str, stat: Item, period: int, periods: int, end: int) -> Wanted:
    named = stat["Metric"]
    dimensions = {each["Name"]: each["Value"] for each in named.get("Dimensions") or []}
    of = metric(region, named["Namespace"], named["MetricName"], dimensions)
    return Wanted(of, str(stat["Stat"]), period, periods, end)


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
