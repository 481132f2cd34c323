"""The alarms that the environments have: all can be evaluated, and what they watch is measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from constructs_lib.observability.alarms import Alarm
from constructs_lib.observability.catalogue import (
    edge_alarms,
    load_balancer_alarms,
    model_alarms,
    search_alarms,
    service_alarms,
)
from local_aws.traffic.metrics.alarms import NOT_EVALUATED
from local_aws.traffic.metrics.readings import OWN
from tests.local_aws.traffic.metrics.conftest import Watched

ALARMS = (
    *service_alarms(cluster_name="c", service_name="s", cpu_percent=80, memory_percent=80),
    *load_balancer_alarms(alb_suffix="app/a/1", target_group_suffixes=["targetgroup/t/1"], serving=True),
    *model_alarms(model_id="m"),
    *edge_alarms(distribution_id="E1", web_acl_name="w"),
    *search_alarms(domain_name="d", account_id="123456789012", volume_gib=10),
)
# Namespaces of alarms that nobody fills here; metrics/README.md says so.
UNMEASURED = {"AWS/ES"}


def test_what_alarms_watch_is_measured_or_named() -> None:
    assert {each.namespace for each in ALARMS} - OWN == UNMEASURED


def test_every_alarm_can_be_evaluated(watched: Watched, client: Callable[..., Any]) -> None:
    watch = client("cloudwatch")
    for alarm in ALARMS:
        watch.put_metric_alarm(**described(alarm))
    watched.minute()
    found = {each["AlarmName"]: each for each in watch.describe_alarms()["MetricAlarms"]}
    assert len(found) == len(ALARMS)
    assert not [each["StateReason"] for each in found.values() if each["StateReason"].startswith(NOT_EVALUATED)]
    assert {name for name, each in found.items() if each["StateValue"] != "OK"} == {"no_targets"}


def described(alarm: Alarm) -> dict[str, Any]:
    """An alarm as the provider sends it."""
    percentile = alarm.statistic.startswith("p")
    return {
        "AlarmName": alarm.id,
        "Namespace": alarm.namespace,
        "MetricName": alarm.metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in alarm.dimensions.items()],
        ("ExtendedStatistic" if percentile else "Statistic"): alarm.statistic,
        "ComparisonOperator": alarm.comparison,
        "Threshold": alarm.threshold,
        "Period": alarm.period_seconds,
        "EvaluationPeriods": alarm.periods,
        "TreatMissingData": alarm.missing,
        **({"DatapointsToAlarm": alarm.breaching_periods} if alarm.breaching_periods else {}),
    }
