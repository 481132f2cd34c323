"""Burn-rate alarms: two windows a rate, and one alarm that tells people."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from config.alarm_text import read_alarm_text
from constructs_lib.observability import catalogue
from constructs_lib.observability.objectives import Objective, ObjectiveAlarms
from tests.support.synthesised import Template, template

AVAILABILITY = catalogue.availability_objective(namespace="site-app", percent=99.5)
FIRST_TOKEN = catalogue.first_token_objective(namespace="site-app", percent=95, seconds=2.5)
TOPIC = "arn:of:topic"


def _template(objective: Objective, **options: Any) -> Template:
    return template(
        lambda scope: ObjectiveAlarms(scope, "slo", name="site-slo", topic_arn=TOPIC, objective=objective, **options)
    )


@cache
def _availability() -> Template:
    return _template(AVAILABILITY)


def _windows(found: Template) -> dict[str, dict[str, Any]]:
    return {alarm["alarm_name"]: dict(alarm) for alarm in found.all("aws_cloudwatch_metric_alarm").values()}


@pytest.mark.parametrize(
    ("name", "seconds", "threshold", "least"),
    [
        # 2 % of a month's budget in an hour: 0.02 x 720 = 14.4 times 0.5 %; 5 % in six hours: 0.05 x 120 = 6 times.
        ("site-slo-fast-long", 3600, 7.2, 3),
        ("site-slo-fast-short", 300, 7.2, 1),
        ("site-slo-slow-long", 21600, 3, 3),
        ("site-slo-slow-short", 1800, 3, 1),
    ],
)
def test_each_window_has_its_share_of_failures(name: str, seconds: int, threshold: float, least: int) -> None:
    alarm = _windows(_availability())[name]
    bad, every, share = alarm["metric_query"]
    for query, statistic in ((bad, "Sum"), (every, "SampleCount")):
        named = {"namespace": "site-app", "metric_name": "Failures", "period": seconds, "stat": statistic}
        assert query["metric"] == named
    assert share["expression"] == f"IF(bad >= {least}, 100 * bad / every, 0)"
    assert share["return_data"] is True
    assert (alarm["threshold"], alarm["comparison_operator"]) == (threshold, "GreaterThanThreshold")
    assert (alarm["evaluation_periods"], alarm["treat_missing_data"]) == (1, "notBreaching")


def test_late_answers_are_those_above_the_limit_in_milliseconds() -> None:
    for alarm in _windows(_template(FIRST_TOKEN)).values():
        bad, every, _ = (each.get("metric") for each in alarm["metric_query"])
        assert (bad["metric_name"], bad["stat"]) == ("TimeToFirstToken", "TC(2500:)")
        assert (every["metric_name"], every["stat"]) == ("TimeToFirstToken", "SampleCount")


def test_the_windows_tell_nobody_and_say_who_does() -> None:
    for alarm in _windows(_availability()).values():
        assert not {"alarm_actions", "ok_actions", "actions_enabled"} & alarm.keys()
        text = read_alarm_text(alarm["alarm_description"])
        assert (text.told_by, text.runbook) == ("site-slo", "docs/runbooks/objective-burns.md")


def test_one_alarm_tells_people_of_either_rate() -> None:
    (alarm,) = _availability().all("aws_cloudwatch_composite_alarm").values()
    assert alarm["alarm_name"] == "site-slo"
    assert alarm["alarm_rule"] == (
        '(ALARM("site-slo-fast-long") AND ALARM("site-slo-fast-short")) OR '
        '(ALARM("site-slo-slow-long") AND ALARM("site-slo-slow-short"))'
    )
    assert (alarm["alarm_actions"], alarm["ok_actions"]) == ([TOPIC], [TOPIC])
    assert read_alarm_text(alarm["alarm_description"]).severity == "page"
    assert "actions_enabled" not in alarm


def test_it_is_made_after_the_alarms_that_it_names() -> None:
    (alarm,) = _availability().all("aws_cloudwatch_composite_alarm").values()
    windows = _availability().all("aws_cloudwatch_metric_alarm")
    assert sorted(alarm["depends_on"]) == sorted(f"aws_cloudwatch_metric_alarm.{each}" for each in windows)


def test_asleep_it_tells_nobody() -> None:
    (alarm,) = _template(AVAILABILITY, asleep=True).all("aws_cloudwatch_composite_alarm").values()
    assert alarm["actions_enabled"] is False
