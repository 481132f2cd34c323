"""What CloudWatch publishes to the topics of an alarm whose state changed.

The form of "Example of an alarm notification", as topics get it: no page of AWS's documents describes all of it.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from local_aws.endpoint import ACCOUNT_ID
from local_aws.shims.base import Item

ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
# Statistics and regions as messages spell them. An unknown region is spelt by its code.
_STATISTICS = {
    "Average": "AVERAGE",
    "Sum": "SUM",
    "Minimum": "MINIMUM",
    "Maximum": "MAXIMUM",
    "SampleCount": "SAMPLE_COUNT",
}
_REGIONS = {
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
    "ca-central-1": "Canada (Central)",
    "eu-central-1": "EU (Frankfurt)",
    "eu-north-1": "EU (Stockholm)",
    "eu-south-1": "EU (Milan)",
    "eu-west-1": "EU (Ireland)",
    "eu-west-2": "EU (London)",
    "eu-west-3": "EU (Paris)",
    "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-south-1": "Asia Pacific (Mumbai)",
    "ap-southeast-1": "Asia Pacific (Singapore)",
    "ap-southeast-2": "Asia Pacific (Sydney)",
    "sa-east-1": "South America (Sao Paulo)",
}
# Longest subject of a message (SNS, Publish).
_SUBJECT = 100


def topics(alarm: Item, state: str) -> list[str]:
    """Topics that an alarm tells of a state; none while its actions are switched off."""
    actions = (alarm.get(ACTIONS[state]) or []) if alarm.get("ActionsEnabled", True) else []
    return [each for each in actions if each.split(":")[2] == "sns"]


def message(alarm: Item, state: str, reason: str, region: str, at: float) -> tuple[str, str]:
    """Subject and text for an alarm that has just got a state; `at` in seconds since the epoch."""
    place = _REGIONS.get(region, region)
    told = {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription") or None,
        "AWSAccountId": ACCOUNT_ID,
        "AlarmConfigurationUpdatedTimestamp": _time(alarm.get("AlarmConfigurationUpdatedTimestamp", at)),
        "NewStateValue": state,
        "NewStateReason": reason,
        "StateChangeTime": _time(at),
        "Region": place,
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": alarm["StateValue"],
        **{name: alarm.get(name) or [] for name in ("OKActions", "AlarmActions", "InsufficientDataActions")},
        "Trigger": _trigger(alarm),
    }
    return f'{state}: "{alarm["AlarmName"]}" in {place}'[:_SUBJECT], json.dumps(told)


def _trigger(alarm: Item) -> Item:
    common = {
        "Period": int(alarm.get("Period") or _period(alarm)),
        "EvaluationPeriods": alarm["EvaluationPeriods"],
        **({"DatapointsToAlarm": alarm["DatapointsToAlarm"]} if "DatapointsToAlarm" in alarm else {}),
        "ComparisonOperator": alarm["ComparisonOperator"],
        "Threshold": alarm["Threshold"],
        "TreatMissingData": alarm.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": alarm.get("EvaluateLowSampleCountPercentile") or "",
    }
    if alarm.get("Metrics"):
        return {**common, "Metrics": [_query(each) for each in alarm["Metrics"]]}
    statistic = alarm.get("Statistic")
    plain = {"StatisticType": "Statistic", "Statistic": _STATISTICS.get(str(statistic), statistic)}
    extended = {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": alarm.get("ExtendedStatistic")}
    named = {"MetricName": alarm.get("MetricName"), "Namespace": alarm.get("Namespace")}
    rest = {"Unit": alarm.get("Unit"), "Dimensions": _dimensions(alarm)}
    return {**named, **(plain if statistic else extended), **rest, **common}


def _period(alarm: Item) -> int:
    return max(
        (int(each["MetricStat"]["Period"]) for each in alarm.get("Metrics") or [] if "MetricStat" in each), default=0
    )


def _query(query: Item) -> Item:
    if "MetricStat" not in query:
        return query
    stat = query["MetricStat"]
    return {**query, "MetricStat": {**stat, "Metric": {**stat["Metric"], "Dimensions": _dimensions(stat["Metric"])}}}


def _dimensions(metric: Item) -> list[dict[str, Any]]:
    return [{"value": each["Value"], "name": each["Name"]} for each in metric.get("Dimensions") or []]


def _time(at: Any) -> str:
    return datetime.fromtimestamp(float(at), UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
