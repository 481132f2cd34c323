"""Metric math over three periods: what is computed, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.traffic.metrics import UnknownMetricError
from local_aws.traffic.metrics.expressions import Math, parsed

SERIES = {"m1": {0: 10.0, 1: 20.0, 2: 30.0}, "m2": {0: 5.0, 2: 0.0}, "n1": {1: 4.0}}


def find(name: str) -> dict[int, float]:
    if name not in SERIES:
        raise UnknownMetricError(name)
    return SERIES[name]


def computed(expression: str) -> Any:
    return Math(range(3), find, SERIES).value(parsed(expression))


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("m1 + 1", {0: 11, 1: 21, 2: 31}),
        ("-m1", {0: -10, 1: -20, 2: -30}),
        ("100 * m2 / m1", {0: 50, 2: 0}),
        ("m1 / m2", {0: 2}),  # nothing by zero, and nothing without both
        ("(m1 + m2) * 2", {0: 30, 2: 60}),
        ("m1 - m2 / 5", {0: 9, 2: 30}),
        ("m2 ^ 2", {0: 25, 2: 0}),
        ("m1 >= 20", {0: 0, 1: 1, 2: 1}),
        ("m1 > 10 AND m1 < 30", {0: 0, 1: 1, 2: 0}),
        ("m1 == 10 || m1 == 30", {0: 1, 1: 0, 2: 1}),
        ("FILL(m2, 7)", {0: 5, 1: 7, 2: 0}),
        ("FILL(m2, REPEAT)", {0: 5, 1: 5, 2: 0}),
        ("FILL(n1, REPEAT)", {1: 4, 2: 4}),
        ("IF(m1 > 15, m1, 0)", {0: 0, 1: 20, 2: 30}),
        ("IF(m1 > 15, m2)", {2: 0}),
        ("IF(1, m2, m1)", {0: 5, 2: 0}),
        ("SUM(METRICS())", {0: 15, 1: 24, 2: 30}),
        ('MAX(METRICS("m"))', {0: 10, 1: 20, 2: 30}),
        ("SUM(METRICS('n'))", {1: 4}),
        ("AVG(METRICS())", {0: 7.5, 1: 12, 2: 15}),
        ("SUM(FILL(METRICS(), 0))", {0: 15, 1: 24, 2: 30}),
        ("MIN(m1)", 10),
        ("m1 / MAX(m1)", {0: 10 / 30, 1: 20 / 30, 2: 1}),
    ],
)
def test_expressions_are_computed(expression: str, value: object) -> None:
    assert computed(expression) == value


@pytest.mark.parametrize(
    "expression",
    [
        "ANOMALY_DETECTION_BAND(m1, 2)",
        "SEARCH('{A,B} x', 'Sum')",
        "RATE(m1)",
        "FILL(m1, LINEAR)",
        "m1 +",
        "m1 < 5 < 6",
        "[m1, m2]",
        "METRICS() + METRICS()",
        "m1.x",
        "",
    ],
)
def test_what_is_unknown_is_refused(expression: str) -> None:
    with pytest.raises(UnknownMetricError):
        computed(expression)
