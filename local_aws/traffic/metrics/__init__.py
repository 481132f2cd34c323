"""Metrics and alarms of the plane: `Metrics` measures, writes to CloudWatch, and evaluates its alarms;
`FunctionLines` reads what functions log.

Whoever sees requests takes a `Record`; whoever goes by metrics reads `Metrics.readings`.
"""

from __future__ import annotations

from local_aws.traffic.metrics.alarms import values_of
from local_aws.traffic.metrics.functions import FunctionLines
from local_aws.traffic.metrics.judging import Point, Rule, judge
from local_aws.traffic.metrics.metrics import Metrics
from local_aws.traffic.metrics.readings import Readings
from local_aws.traffic.metrics.record import Record, unrecorded
from local_aws.traffic.metrics.unknown import UnknownMetricError

__all__ = [
    "FunctionLines",
    "Metrics",
    "Point",
    "Readings",
    "Record",
    "Rule",
    "UnknownMetricError",
    "judge",
    "unrecorded",
    "values_of",
]
