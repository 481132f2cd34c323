"""Values of metrics by minute of the plane's clock, and statistics of them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from local_aws.traffic.metrics.unknown import UnknownMetricError

MINUTE = 60
# As long as an alarm may look back, and an hour more (PutMetricAlarm: a day).
KEPT_MINUTES = 25 * 60
# Different values that one datum of PutMetricData takes ("Values", MetricDatum).
MOST_VALUES = 150
_STATISTICS = ("Average", "Sum", "Minimum", "Maximum", "SampleCount")
_PERCENTILE = re.compile(r"p(\d{1,2}(\.\d+)?|100)", re.IGNORECASE)
# Number of values, or their share in percent, above the first bound and up to the second ("CloudWatch statistics
# definitions"); bounds in percent are not computed here.
_BETWEEN = re.compile(r"(TC|PR)\((\d+(?:\.\d+)?)?:(\d+(?:\.\d+)?)?\)")


@dataclass(frozen=True)
class Metric:
    """A metric of CloudWatch. `dimensions` are sorted pairs of name and value."""

    region: str
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()


def metric(region: str, namespace: str, name: str, dimensions: Mapping[str, str]) -> Metric:
    """A metric by its parts."""
    return Metric(region, namespace, name, tuple(sorted(dimensions.items())))


@dataclass
class Values:
    """Values of a metric in one stretch of time, each with how often it came."""

    unit: str = "None"
    counts: Counter[float] = field(default_factory=Counter)

    def short(self) -> Counter[float]:
        """The values with as many digits as keep their number within `MOST_VALUES`."""
        counts = self.counts
        for digits in (3, 2, 1):
            if len(counts) <= MOST_VALUES:
                break
            rounded: Counter[float] = Counter()
            for value, count in self.counts.items():
                rounded[float(f"{value:.{digits}g}")] += count
            counts = rounded
        return counts


def check_statistic(name: str) -> None:
    """Raise UnknownMetricError for what isn't Average, Sum, Minimum, Maximum, SampleCount, p95, TC(1:) or PR(:2)."""
    if _BETWEEN.fullmatch(name) is None:
        check_plain(name)


def check_plain(name: str) -> None:
    """Raise UnknownMetricError for what isn't Average, Sum, Minimum, Maximum, SampleCount or like p95."""
    if name not in _STATISTICS and _PERCENTILE.fullmatch(name) is None:
        raise UnknownMetricError(f"statistic {name}")


def statistic(counts: Mapping[float, float], name: str) -> float | None:
    """A statistic of values, None without any. Raises UnknownMetricError."""
    check_statistic(name)
    number = sum(counts.values())
    if not counts or number <= 0:
        return None
    total = sum(value * count for value, count in counts.items())
    match name:
        case "Average":
            return total / number
        case "Sum":
            return total
        case "Minimum":
            return min(counts)
        case "Maximum":
            return max(counts)
        case "SampleCount":
            return float(number)
    if between := _BETWEEN.fullmatch(name):
        lowest, highest = float(between[2] or "-inf"), float(between[3] or "inf")
        within = sum(count for value, count in counts.items() if lowest < value <= highest)
        return float(within) if between[1] == "TC" else 100 * within / number
    return _percentile(counts, float(name[1:]))


def _percentile(counts: Mapping[float, float], percent: float) -> float:
    """The value that `percent` of all don't exceed. CloudWatch's own method isn't documented."""
    wanted, seen = math.ceil(sum(counts.values()) * percent / 100), 0.0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= wanted:
            return value
    return max(counts)


class Series:
    """What the plane measured, the last `KEPT_MINUTES` of it."""

    def __init__(self) -> None:
        self._minutes: dict[int, dict[Metric, Values]] = {}
        self._namespaces: set[tuple[str, str]] = set()

    def record(self, at: float, of: Metric, value: float, unit: str = "Count", count: int = 1) -> None:
        """Add a value that came `count` times at a moment of the plane's clock."""
        self._namespaces.add((of.region, of.namespace))
        values = self._minutes.setdefault(_minute(at), {}).setdefault(of, Values(unit))
        values.counts[value] += count

    def has(self, region: str, namespace: str) -> bool:
        """Whether a metric of a namespace was ever measured."""
        return (region, namespace) in self._namespaces

    def values(self, of: Metric, start: float, end: float) -> Counter[float]:
        """Values of the minutes that begin at `start` or later and before `end`."""
        found: Counter[float] = Counter()
        for minute in range(_minute(start), math.ceil(end), MINUTE):
            if held := self._minutes.get(minute, {}).get(of):
                found.update(held.counts)
        return found

    def minute(self, start: int) -> Iterator[tuple[Metric, Values]]:
        """All metrics of the minute that begins at `start`."""
        yield from self._minutes.get(start, {}).items()

    def forget(self, now: float) -> None:
        """Drop what is older than `KEPT_MINUTES`."""
        oldest = _minute(now) - KEPT_MINUTES * MINUTE
        for minute in [each for each in self._minutes if each < oldest]:
            del self._minutes[minute]

    def shorten(self, minute: int) -> None:
        """Keep fewer digits of the values of a minute that is over."""
        for values in self._minutes.get(minute, {}).values():
            values.counts = values.short()


def _minute(at: float) -> int:
    return int(at // MINUTE) * MINUTE
