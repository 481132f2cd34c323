from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from constructs_lib.observability.alarms import Alarm, MetricAlarms
from tests.support.synthesised import Resource, Template, template


def _alarms(*alarms: Alarm) -> Template:
    return template(
        lambda scope: MetricAlarms(scope, "alarms", name_prefix="svc", topic_arn="arn:of:topic", alarms=alarms)
    )


def _alarm(**changes: Any) -> Resource:
    arguments = {"id": "cpu_high", "description": "Too much", "namespace": "AWS/ECS", "metric": "CPU", "threshold": 85}
    return _alarms(Alarm(**{**arguments, **changes})).one("aws_cloudwatch_metric_alarm")


@cache
def _default() -> Resource:
    return _alarm()


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("alarm_name", "svc-cpu-high"),
        ("alarm_description", "Too much"),
        ("namespace", "AWS/ECS"),
        ("metric_name", "CPU"),
        ("threshold", 85),
        ("statistic", "Average"),
        ("comparison_operator", "GreaterThanOrEqualToThreshold"),
        ("period", 60),
        ("evaluation_periods", 5),
        ("treat_missing_data", "notBreaching"),
        ("alarm_actions", ["arn:of:topic"]),
        ("ok_actions", ["arn:of:topic"]),
    ],
)
def test_default(attribute: str, value: object) -> None:
    assert _default()[attribute] == value


@pytest.mark.parametrize("attribute", ["dimensions", "datapoints_to_alarm", "extended_statistic", "provider"])
def test_left_out_by_default(attribute: str) -> None:
    assert attribute not in _default()


def test_overrides() -> None:
    alarm = _alarm(
        dimensions={"ServiceName": "app"},
        statistic="Sum",
        comparison="LessThanThreshold",
        period_seconds=300,
        periods=3,
        breaching_periods=2,
        missing="breaching",
    )
    assert alarm["dimensions"] == {"ServiceName": "app"}
    assert (alarm["statistic"], alarm["comparison_operator"]) == ("Sum", "LessThanThreshold")
    assert (alarm["period"], alarm["evaluation_periods"], alarm["datapoints_to_alarm"]) == (300, 3, 2)
    assert alarm["treat_missing_data"] == "breaching"


def test_percentiles_are_extended_statistics() -> None:
    alarm = _alarm(statistic="p95")
    assert alarm["extended_statistic"] == "p95"
    assert "statistic" not in alarm
