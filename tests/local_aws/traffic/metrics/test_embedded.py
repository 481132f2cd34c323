"""Metrics in log lines, read by the rules of the embedded metric format."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local_aws.traffic.metrics.embedded import EmbeddedMetric, EmbeddedMetricError, embedded_metrics

METRIC: dict[str, Any] = {"Name": "Latency", "Unit": "Milliseconds"}
DIRECTIVE: dict[str, Any] = {"Namespace": "site", "Dimensions": [[]], "Metrics": [METRIC]}


def line(*, at: Any = 1, directive: Any = None, **members: Any) -> bytes:
    """A line with one directive, in which `directive` replaces members."""
    told = DIRECTIVE if directive is None else {**DIRECTIVE, **directive}
    return json.dumps({"_aws": {"Timestamp": at, "CloudWatchMetrics": [told]}, "Latency": 5, **members}).encode()


def test_a_metric_without_dimensions() -> None:
    assert embedded_metrics(line()) == (EmbeddedMetric("site", "Latency", {}, "Milliseconds", (5.0,)),)


def test_each_set_of_dimensions_has_the_metric() -> None:
    found = embedded_metrics(line(directive={"Dimensions": [[], ["Kind"], ["Kind", "Of"]]}, Kind="a", Of="b"))
    assert [each.dimensions for each in found] == [{}, {"Kind": "a"}, {"Kind": "a", "Of": "b"}]


def test_several_values_of_one_line() -> None:
    assert embedded_metrics(line(Latency=[1, 2.5]))[0].values == (1.0, 2.5)


def test_a_unit_may_be_left_out() -> None:
    assert embedded_metrics(line(directive={"Metrics": [{"Name": "Latency"}]}))[0].unit == "None"


@pytest.mark.parametrize("text", [b"", b"GET / 200", b'say "_aws" twice', b'["_aws"]', b'{"a": "\\"_aws\\""}'])
def test_other_lines_have_no_metrics(text: bytes) -> None:
    assert embedded_metrics(text) == ()


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ({"at": None}, "_aws.Timestamp"),
        ({"at": "1"}, "_aws.Timestamp"),
        ({"at": True}, "_aws.Timestamp"),
        ({"directive": {"Namespace": ""}}, "Namespace"),
        ({"directive": {"Namespace": "AWS/ECS"}}, "Namespace"),
        ({"directive": {"Dimensions": []}}, "at least one set"),
        ({"directive": {"Dimensions": ["Kind"]}}, "a set of dimensions"),
        ({"directive": {"Dimensions": [["Kind"]]}}, "the dimension Kind is None"),
        ({"directive": {"Dimensions": [["Kind"]]}, "Kind": 3}, "the dimension Kind is 3"),
        ({"directive": {"Dimensions": [["Kind"]]}, "Kind": "ü"}, "the dimension Kind"),
        ({"directive": {"Dimensions": [[f"d{each}" for each in range(31)]]}}, "31 dimensions"),
        ({"directive": {"Metrics": [{"Unit": "Count"}]}}, "a metric is called None"),
        ({"directive": {"Metrics": [METRIC] * 101}}, "101 metrics"),
        ({"directive": {"Metrics": [{**METRIC, "Unit": "ms"}]}}, "the unit of Latency"),
        ({"directive": {"Metrics": [{**METRIC, "StorageResolution": 5}]}}, "the resolution of Latency"),
        ({"directive": {"Metrics": "Latency"}}, "Metrics"),
        ({"Latency": "5"}, "Latency is '5'"),
        ({"Latency": None}, "Latency is None"),
        ({"Latency": True}, "Latency is True"),
        ({"Latency": float("inf")}, "Latency is inf"),
        ({"Latency": 2.0**361}, "Latency is"),
        ({"Latency": []}, "Latency is []"),
        ({"Latency": [1] * 101}, "Latency is"),
        ({"_aws": []}, "_aws is"),
        ({"_aws": {"Timestamp": 1}}, "_aws.CloudWatchMetrics"),
    ],
)
def test_what_cloudwatch_would_drop_is_refused(broken: dict[str, Any], reason: str) -> None:
    with pytest.raises(EmbeddedMetricError) as raised:
        embedded_metrics(line(**broken))
    assert reason in str(raised.value)
