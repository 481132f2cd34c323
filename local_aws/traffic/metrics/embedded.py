"""Metrics in log lines: CloudWatch's embedded metric format, read as CloudWatch Logs reads it.

"Specification: Embedded metric format", CloudWatch user guide: its schema, and what its text says beyond.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# Members that a line has to have before it is read at all.
_MARK = b'"_aws"'
_MOST_METRICS, _MOST_VALUES, _MOST_DIMENSIONS, _LONGEST_NAME, _LONGEST_DIMENSION = 100, 100, 30, 1024, 250
# MetricDatum: values lie between -2^360 and 2^360.
_LARGEST = 2.0**360
_RESOLUTIONS = (1, 60)
# StandardUnit of PutMetricData.
_SIZES = ("Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes")
_BITS = ("Bits", "Kilobits", "Megabits", "Gigabits", "Terabits")
_RATES = tuple(f"{each}/Second" for each in (*_SIZES, *_BITS, "Count"))
UNITS = frozenset(
    ("Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "None", *_SIZES, *_BITS, *_RATES),
)
_NAMESPACE = re.compile(r"[0-9A-Za-z.\-_/#: ]{1,255}")
_ASCII = re.compile(r"[\x20-\x7e]+")


class EmbeddedMetricError(Exception):
    """A line that says it has metrics, and whose metrics CloudWatch would drop; the text says why."""


@dataclass(frozen=True)
class EmbeddedMetric:
    """Values of one metric in a line."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    unit: str
    values: tuple[float, ...]


def embedded_metrics(line: bytes) -> tuple[EmbeddedMetric, ...]:
    """Metrics of a log line; none of one without the format's mark. Raises EmbeddedMetricError."""
    if _MARK not in line:
        return ()
    try:
        event = json.loads(line)
    except ValueError:
        return ()  # some text that has the word in it
    if not isinstance(event, dict) or "_aws" not in event:
        return ()
    return tuple(_found(event))


def _found(event: Mapping[str, Any]) -> Iterator[EmbeddedMetric]:
    metadata = _object(event["_aws"], "_aws")
    stamp = metadata.get("Timestamp")
    if not isinstance(stamp, int) or isinstance(stamp, bool) or stamp < 0:
        raise EmbeddedMetricError(f"_aws.Timestamp is {stamp!r} (expected milliseconds since 1970)")
    for directive in _array(metadata.get("CloudWatchMetrics"), "_aws.CloudWatchMetrics"):
        yield from _directed(event, _object(directive, "a directive"))


def _directed(event: Mapping[str, Any], directive: Mapping[str, Any]) -> Iterator[EmbeddedMetric]:
    namespace = directive.get("Namespace")
    if not isinstance(namespace, str) or not _NAMESPACE.fullmatch(namespace) or namespace.startswith("AWS/"):
        raise EmbeddedMetricError(f"Namespace is {namespace!r} (expected 1 to 255 letters, digits and . - _ / # :)")
    sets = _array(directive.get("Dimensions"), "Dimensions")
    if not sets:
        raise EmbeddedMetricError("Dimensions is empty (expected at least one set, which may be empty)")
    metrics = _array(directive.get("Metrics"), "Metrics")
    if len(metrics) > _MOST_METRICS:
        raise EmbeddedMetricError(f"a directive has {len(metrics)} metrics (expected {_MOST_METRICS} at most)")
    for names in sets:
        dimensions = _dimensions(event, _array(names, "a set of dimensions"))
        for definition in metrics:
            yield _metric(event, namespace, dimensions, _object(definition, "a metric"))


def _dimensions(event: Mapping[str, Any], names: list[Any]) -> dict[str, str]:
    if len(names) > _MOST_DIMENSIONS:
        raise EmbeddedMetricError(f"a set has {len(names)} dimensions (expected {_MOST_DIMENSIONS} at most)")
    found = {}
    for name in names:
        if not isinstance(name, str) or not 1 <= len(name) <= _LONGEST_DIMENSION or not _ASCII.fullmatch(name):
            raise EmbeddedMetricError(f"a dimension is called {name!r} (expected 1 to {_LONGEST_DIMENSION} of ASCII)")
        value = event.get(name)
        if not isinstance(value, str) or not 1 <= len(value) <= _LONGEST_NAME or not _ASCII.fullmatch(value):
            raise EmbeddedMetricError(f"the dimension {name} is {value!r} (expected a text at the top of the line)")
        found[name] = value
    return found


def _metric(
    event: Mapping[str, Any], namespace: str, dimensions: Mapping[str, str], definition: Mapping[str, Any]
) -> EmbeddedMetric:
    name, unit = definition.get("Name"), definition.get("Unit", "None")
    if not isinstance(name, str) or not 1 <= len(name) <= _LONGEST_NAME:
        raise EmbeddedMetricError(f"a metric is called {name!r} (expected 1 to {_LONGEST_NAME} characters)")
    if unit not in UNITS:
        raise EmbeddedMetricError(f"the unit of {name} is {unit!r} (expected one of CloudWatch's)")
    if definition.get("StorageResolution", 60) not in _RESOLUTIONS:
        raise EmbeddedMetricError(f"the resolution of {name} is {definition['StorageResolution']!r} (expected 1 or 60)")
    given = event.get(name)
    values = given if isinstance(given, list) else [given]
    if not 1 <= len(values) <= _MOST_VALUES or not all(map(_is_value, values)):
        raise EmbeddedMetricError(f"{name} is {given!r} (expected a number, or 1 to {_MOST_VALUES} of them)")
    return EmbeddedMetric(namespace, name, dimensions, str(unit), tuple(map(float, values)))


def _is_value(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and abs(value) <= _LARGEST


def _object(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise EmbeddedMetricError(f"{what} is {value!r} (expected an object)")
    return value


def _array(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise EmbeddedMetricError(f"{what} is {value!r} (expected a list)")
    return value
