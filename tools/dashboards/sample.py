"""Values for the pictures: made up, but the same each time. They depend on the names of metrics alone."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from tools.dashboards.boards import Line

SEED = 20
POINTS = 72
# Source of `prod`, whose metric counts the runs that succeeded.
SOURCE = "site"
# Alarms that ring in the pictures, by the end of their names, with the metric that is too high at the end.
RINGING: Mapping[str, str] = MappingProxyType(
    {"svc-slow-answers": "TargetResponseTime", "svc-model-throttled": "InvocationThrottles"}
)
# Happens seldom: how often, and the mark of it.
SELDOM = (0.12, 1.0)
# What a metric or a line of that label is like: its usual value, and how much of it goes up and down.
_USUAL: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "2xx": (240, 0.4),
        "4xx": (6, 0.8),
        "Allowed": (9, 0.6),
        "Blocked": (1.6, 0.9),
        "4xxErrorRate": (1.4, 0.6),
        "5xxErrorRate": (0.4, 0.9),
        "AllowedRequests": (620, 0.3),
        "BlockedRequests": (14, 0.9),
        "CPUUtilization": (38, 0.3),
        "CachedTokens": (92_000, 0.4),
        "Cost": (0.021, 0.5),
        "DaysToExpiry": (151, 0),
        "DesiredTaskCount": (3, 0),
        "EstimatedCharges": (310, 0),
        "FailedPages": (3, 0.5),
        "FreeStorageSpace": (13_800, 0.01),
        "HTTPCode_ELB_5XX_Count": SELDOM,
        "HTTPCode_Target_5XX_Count": SELDOM,
        "GuardrailInterventions": SELDOM,
        "HealthyHostCount": (3, 0),
        "InvocationClientErrors": SELDOM,
        "InvocationThrottles": SELDOM,
        "InputTokens": (310_000, 0.5),
        "InputTokenCount": (310_000, 0.5),
        "InvocationLatency": (2_600, 0.2),
        "Invocations": (11, 0.5),
        "JVMMemoryPressure": (61, 0.15),
        "KNNGraphMemoryUsagePercentage": (44, 0.02),
        "Latency": (3_900, 0.2),
        "MemoryUtilization": (52, 0.06),
        "OutputTokenCount": (39_000, 0.5),
        "OutputTokens": (39_000, 0.5),
        "Pages": (498, 0.01),
        "ProbeAnswered": (1, 0),
        "Questions": SELDOM,
        "Requests": (260, 0.4),
        "RetrievalHits": (4.6, 0.15),
        "RunningTaskCount": (3, 0),
        "TargetResponseTime": (4.2, 0.3),
        "TimeToFirstToken": (870, 0.2),
        "TokensPerSecond": (78, 0.1),
        "answered": (48, 0.4),
        "first token": (910, 0.2),
        "nothing_found": (4, 0.6),
        "share": (0.5, 0.9),
        "whole answer": (4_100, 0.2),
    }
)
# What nothing is said of doesn't happen while all is well.
_NEVER = (0.0, 0.0)
_RAISED = frozenset(RINGING.values())
# What is higher than a metric's usual value, by statistic.
_STATISTICS: Mapping[str, float] = MappingProxyType({"p95": 1.9, "p50": 1.0})


def values_of(line: Line) -> list[float]:
    """Values of a line, from the oldest to the newest."""
    if "RUNNING_SUM" in line.expression:
        return _running(line)
    if line.expression.startswith("FILL"):
        return [sum(each) for each in zip(*(_metric(name, name, "") for name in line.metrics), strict=True)]
    if line.expression:
        return _metric("share", line.label + line.expression, "")
    return _metric(line.metrics[0], line.label, line.statistic)


def rings(name: str) -> bool:
    """Whether an alarm rings in the picture."""
    return name.endswith(tuple(RINGING))


def _metric(name: str, label: str, statistic: str) -> list[float]:
    said, _, group = label.partition(", ")
    usual, sway = _USUAL.get(said, _USUAL.get(name, _NEVER))
    if group == "group 2":
        # Releases use two groups by turns; in the pictures the first one serves.
        usual, sway = _NEVER
    usual *= _STATISTICS.get(statistic, 1.0)
    drawn = random.Random(f"{SEED} {name} {label} {statistic}")
    values = [_value(drawn, usual, sway, at) for at in range(POINTS)]
    if name in _RAISED and statistic != "p50":
        values[-10:] = [_raised(name, at) for at in range(10)]
    if name == SOURCE:
        values = [float(at % 24 == 12) for at in range(POINTS)]
    return _running_total(values) if name == "EstimatedCharges" else values


def _value(drawn: random.Random, usual: float, sway: float, at: int) -> float:
    """One value: more by day than by night, and some chance; what is seldom is mostly 0."""
    if (usual, sway) == SELDOM:
        return float(drawn.randint(1, 3)) if drawn.random() < usual else 0.0
    wave = 1 + sway * 0.6 * math.sin(at / POINTS * 2 * math.pi - 1)
    return usual * wave * (1 + sway * 0.5 * (drawn.random() - 0.5))


def _raised(name: str, at: int) -> float:
    """The last values of what rings: above its threshold."""
    top = {"TargetResponseTime": 41.0, "InvocationThrottles": 9.0}[name]
    return top * min(1.0, 0.3 + at * 0.12)


def _running(line: Line) -> list[float]:
    """What adds up over a month, to what it may have reached by now."""
    reached = 14.6 if "cost" in line.expression else 38.0
    drawn = random.Random(f"{SEED} {line.label} {line.expression}")
    steps = [drawn.random() ** 3 for _ in range(30)]
    return [reached * sum(steps[: at + 1]) / sum(steps) for at in range(30)]


def _running_total(values: Sequence[float]) -> list[float]:
    return [value * (at + 1) / len(values) for at, value in enumerate(values)]
