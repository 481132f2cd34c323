"""Metrics in log lines, read by the rules of the embedded metric format."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from local_aws.traffic.metrics.embedded import EmbeddedMetric, EmbeddedMetricError, embedded_metrics
from tests.local_aws.traffic.metrics.conftest import Watched

Make = Callable[..., Any]
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


OWN = {"Namespace": "site", "MetricName": "Latency", "Dimensions": []}


def test_alarms_see_metrics_of_log_lines_by_the_plane_s_clock(watched: Watched) -> None:
    watched.alarm("slow", **OWN, Statistic="Average", Threshold=100, TreatMissingData="notBreaching")
    states = []
    for values in ([50], [300, 20], [10]):
        for value in values:
            watched.metrics.logged("us-east-1", line(Latency=value))
        watched.minute()
        states.append(watched.state("slow")[0])
    assert states == ["OK", "ALARM", "OK"]


def test_cloudwatch_has_metrics_of_log_lines(watched: Watched, client: Make) -> None:
    for value in (50, 70):
        watched.metrics.logged("us-east-1", line(directive={"Namespace": "told"}, Latency=value))
    watched.minute()
    told = {"Namespace": "told", "MetricName": "Latency", "Dimensions": []}
    (found,) = client("cloudwatch").get_metric_data(
        MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": told, "Period": 60, "Stat": "Sum"}}],
        StartTime=watched.clock.moment - 60,
        EndTime=watched.clock.moment,
    )["MetricDataResults"]
    assert found["Values"] == [120.0]


def test_a_line_that_cloudwatch_would_drop_is_told_and_counts_nothing(
    watched: Watched, capsys: pytest.CaptureFixture[str]
) -> None:
    watched.alarm("slow", **OWN, Statistic="Sum", Threshold=1, TreatMissingData="notBreaching")
    watched.metrics.logged("us-east-1", line(Latency="300"))
    watched.minute()
    assert watched.state("slow")[0] == "OK"
    assert "Latency is '300'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("statistic", "threshold", "state"),
    [
        ("TC(100:)", 1, "ALARM"),  # two values above 100
        ("TC(100:)", 2, "OK"),
        ("TC(:100)", 1, "OK"),  # one that is 100
        ("PR(100:)", 66, "ALARM"),
        ("PR(100:300)", 34, "OK"),
    ],
)
def test_values_between_bounds_are_counted(watched: Watched, statistic: str, threshold: int, state: str) -> None:
    watched.alarm("slow", **OWN, Statistic=None, ExtendedStatistic=statistic, Threshold=threshold)
    watched.metrics.logged("us-east-1", line(Latency=[100, 101, 400]))
    watched.minute()
    assert watched.state("slow")[0] == state
