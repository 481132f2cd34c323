"""Writes what was measured into CloudWatch, for whoever looks there: dashboards, commands, people."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

from local_aws.traffic.metrics.series import MOST_VALUES, Metric, Series, Values
from local_aws.traffic.world import World

# Of one PutMetricData; AWS takes a thousand, of a megabyte together.
_MOST_DATA = 200
One = TypeVar("One")


async def write(world: World, series: Series, minute: int) -> None:
    """Write the metrics of a minute, with its start by the plane's clock as their time."""
    by_namespace: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for of, values in series.minute(minute):
        by_namespace.setdefault((of.region, of.namespace), []).extend(_data(of, values, minute))
    for (region, namespace), data in by_namespace.items():
        for part in _parts(data, _MOST_DATA):
            put = world.client("cloudwatch", region).put_metric_data
            await asyncio.to_thread(put, Namespace=namespace, MetricData=part)


def _data(of: Metric, values: Values, minute: int) -> list[dict[str, Any]]:
    common = {
        "MetricName": of.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in of.dimensions],
        "Timestamp": datetime.fromtimestamp(minute, UTC),
        "Unit": values.unit,
    }
    return [
        {**common, "Values": [value for value, _ in part], "Counts": [float(count) for _, count in part]}
        for part in _parts(sorted(values.short().items()), MOST_VALUES)
    ]


def _parts(items: list[One], size: int) -> Iterator[list[One]]:
    return (items[at : at + size] for at in range(0, len(items), size))
