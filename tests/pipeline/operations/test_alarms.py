from __future__ import annotations

from typing import Any

import pytest

from config.alarm_text import NOT_READ
from pipeline.operations.alarms import find_alarms, threshold_in_words
from pipeline.session import open_session
from tests.pipeline.operations.support import Account

ONE: dict[str, Any] = {
    "MetricName": "CPUUtilization",
    "Statistic": "Average",
    "Period": 60,
    "EvaluationPeriods": 5,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "Threshold": 85.0,
}
STAT = {"MetricStat": {"Stat": "Sum", "Period": 300}, "Id": "m0"}


@pytest.mark.parametrize(
    ("alarm", "words"),
    [
        (ONE, "Average of CPUUtilization at least 85, in 5 of 5 periods of 1 minute"),
        (
            {**ONE, "Threshold": float(NOT_READ), "EvaluationPeriods": 1},
            "Average of CPUUtilization at least a share of a quota that was not read yet, in 1 minute",
        ),
        ({**ONE, "DatapointsToAlarm": 2}, "Average of CPUUtilization at least 85, in 2 of 5 periods of 1 minute"),
        (
            {**ONE, "EvaluationPeriods": 1, "Period": 86_400, "ComparisonOperator": "LessThanThreshold"},
            "Average of CPUUtilization below 85, in 1 day",
        ),
        (
            {**ONE, "Statistic": None, "ExtendedStatistic": "p95", "Threshold": 2.5, "EvaluationPeriods": 1},
            "p95 of CPUUtilization at least 2.5, in 1 minute",
        ),
        (
            {
                **{key: value for key, value in ONE.items() if key not in ("MetricName", "Statistic", "Period")},
                "Metrics": [STAT, {"Id": "sum", "Label": "Errors", "Expression": "m0", "ReturnData": True}],
            },
            "Sum of Errors at least 85, in 5 of 5 periods of 5 minutes",
        ),
        ({"AlarmRule": '(ALARM("a") AND ALARM("b")) OR ALARM("c")'}, "(a and b) or c"),
    ],
)
def test_thresholds_are_said_in_words(alarm: dict[str, Any], words: str) -> None:
    assert threshold_in_words(alarm) == words


def test_alarms_are_those_of_the_environment_and_what_rings_comes_first(account: Account) -> None:
    session = open_session(str(account.file), needs_terraform=False)
    client = session.client("cloudwatch")
    stem = f"{session.env.project}-{session.env.name}"
    for name, enabled, state in (
        (f"{stem}-told-a", True, "OK"),
        (f"{stem}-told-b", True, "ALARM"),
        (f"{stem}-told-c", False, "ALARM"),
        (f"{stem}x-told-d", True, "ALARM"),
    ):
        client.put_metric_alarm(
            **ONE,
            AlarmName=name,
            Namespace="n",
            ActionsEnabled=enabled,
            AlarmDescription="Tasks are busy. Severity: page. Runbook: docs/runbooks/tasks-overloaded.md",
        )
        client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")
    found = [each for each in find_alarms(session) if "-told-" in each.name]
    assert [(each.name[-1], each.rings, each.asleep) for each in found] == [
        ("b", True, False),
        ("a", False, False),
        ("c", False, True),
    ]
    first = found[0]
    assert (first.description, first.runbook) == ("Tasks are busy", "docs/runbooks/tasks-overloaded.md")
    assert (first.severity, first.told_by) == ("page", "")
    assert (first.threshold, first.region) == (threshold_in_words(ONE), "us-east-1")
    assert first.since.tzinfo is not None


def test_an_alarm_that_a_composite_one_tells_of_rings_for_nobody(account: Account) -> None:
    session = open_session(str(account.file), needs_terraform=False)
    client = session.client("cloudwatch")
    stem = f"{session.env.project}-{session.env.name}-parts"
    text = f"Questions fail. Told by {stem}. Runbook: docs/runbooks/objective-burns.md"
    client.put_metric_alarm(**ONE, AlarmName=f"{stem}-short", Namespace="n", AlarmDescription=text)
    client.put_composite_alarm(
        AlarmName=stem,
        AlarmRule=f'ALARM("{stem}-short")',
        AlarmDescription="Questions fail. Severity: page. Runbook: docs/runbooks/objective-burns.md",
    )
    client.set_alarm_state(AlarmName=f"{stem}-short", StateValue="ALARM", StateReason="test")
    whole, part = (each for each in find_alarms(session) if each.name.startswith(stem))
    assert (whole.name, whole.state, whole.rings, whole.severity) == (stem, "ALARM", True, "page")
    assert (part.state, part.rings, part.severity, part.told_by) == ("ALARM", False, "", stem)
    assert whole.threshold == f"{stem}-short"
    client.delete_alarms(AlarmNames=[stem])
    client.delete_alarms(AlarmNames=[f"{stem}-short"])
