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
    arguments["runbook"] = "site-down"
    return _alarms(Alarm(**{**arguments, **changes})).one("aws_cloudwatch_metric_alarm")


@cache
def _default() -> Resource:
    return _alarm()


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("alarm_name", "svc-cpu-high"),
        ("alarm_description", "Too much. Severity: ticket. Runbook: docs/runbooks/site-down.md"),
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


@pytest.mark.parametrize(
    ("missing", "told"),
    [("missing", ["arn:of:topic"]), ("notBreaching", None), ("breaching", None), ("ignore", None)],
)
def test_silence_is_told_by_itself_where_it_is_neither_good_nor_bad(missing: str, told: list[str] | None) -> None:
    assert _alarm(missing=missing).get("insufficient_data_actions") == told


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


def test_the_metric_of_several_is_their_sum() -> None:
    first, second = {"TargetGroup": "blue"}, {"TargetGroup": "green"}
    alarm = _alarm(dimensions=first, added=[second], statistic="Sum", period_seconds=300)
    one, two, total = alarm["metric_query"]
    assert [each["metric"]["dimensions"] for each in (one, two)] == [first, second]
    assert {each["metric"]["metric_name"] for each in (one, two)} == {"CPU"}
    assert {(each["metric"]["stat"], each["metric"]["period"]) for each in (one, two)} == {("Sum", 300)}
    assert (total["expression"], total["return_data"]) == ("FILL(m0, 0) + FILL(m1, 0)", True)
    assert not {"metric_name", "namespace", "period", "statistic", "dimensions"} & set(alarm)
    assert (alarm["threshold"], alarm["treat_missing_data"]) == (85, "notBreaching")


def test_alarms_are_named_for_what_watches_them() -> None:
    names: list[tuple[str, ...]] = []
    template(
        lambda scope: names.append(
            MetricAlarms(
                scope,
                "alarms",
                name_prefix="svc",
                topic_arn="arn:of:topic",
                alarms=[
                    Alarm(id=each, description="", namespace="n", metric="m", threshold=1, runbook="r")
                    for each in ("a", "b")
                ],
            ).names
        )
    )
    assert len(names[0]) == 2
