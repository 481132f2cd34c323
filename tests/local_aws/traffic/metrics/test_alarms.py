"""Alarms in the emulated CloudWatch, evaluated by the plane."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.local_aws.traffic.metrics.conftest import START, Watched

Make = Callable[..., Any]
STAT: dict[str, Any] = {
    "Metric": {
        "Namespace": "AWS/ApplicationELB",
        "MetricName": "RequestCount",
        "Dimensions": [{"Name": "LoadBalancer", "Value": "app/a/1"}],
    },
    "Period": 60,
    "Stat": "Sum",
}


def math(expression: str) -> list[dict[str, Any]]:
    errors = {**STAT, "Metric": {**STAT["Metric"], "MetricName": "HTTPCode_ELB_5XX_Count"}}
    return [
        {"Id": "errors", "MetricStat": errors, "ReturnData": False},
        {"Id": "all", "MetricStat": STAT, "ReturnData": False},
        {"Id": "share", "Expression": expression, "ReturnData": True},
    ]


def test_an_alarm_goes_off_and_back_by_what_is_counted(watched: Watched) -> None:
    watched.alarm("busy")
    states = []
    for values in ((1,), (3, 4), (5,)):
        watched.minute(*values)
        states.append(watched.state("busy")[0])
    assert states == ["OK", "ALARM", "OK"]
    assert "[5.0 (18/05/33 03:36:00)] was not greater than the threshold (5.0)" in watched.state("busy")[1]


def test_what_the_emulator_makes_of_written_values_does_not_count(watched: Watched, client: Make) -> None:
    """ministack evaluates alarms whenever a metric is written, whatever its dimensions."""
    watched.alarm("busy")
    watched.minute(1)
    value = {"MetricName": "RequestCount", "Dimensions": [{"Name": "LoadBalancer", "Value": "app/b/2"}], "Value": 99}
    client("cloudwatch").put_metric_data(Namespace="AWS/ApplicationELB", MetricData=[value])
    assert watched.state("busy")[0] == "OK"


def test_an_alarm_on_metric_math_goes_off_and_back(watched: Watched) -> None:
    watched.alarm("share", Metrics=math("100 * FILL(errors, 0) / all"), Threshold=20)
    states = []
    for errors in (0, 3, 1):
        watched.came(*[1] * errors, name="HTTPCode_ELB_5XX_Count", LoadBalancer="app/a/1")
        watched.minute(10)
        states.append(watched.state("share")[0])
    assert states == ["OK", "ALARM", "OK"]


@pytest.mark.parametrize(
    ("missing", "state"),
    [("missing", "INSUFFICIENT_DATA"), ("breaching", "ALARM"), ("notBreaching", "OK"), ("ignore", "OK")],
)
def test_nothing_that_came_counts_as_the_alarm_says(watched: Watched, missing: str, state: str) -> None:
    watched.alarm("quiet", TreatMissingData=missing)
    watched.minute(1)
    for _ in range(3):
        watched.minute()
    assert watched.state("quiet")[0] == state


def test_percentiles_and_several_periods(watched: Watched) -> None:
    slow = {"MetricName": "TargetResponseTime", "Statistic": None, "ExtendedStatistic": "p95", "Threshold": 3}
    watched.alarm("slow", EvaluationPeriods=3, DatapointsToAlarm=2, **slow)
    states = []
    for slow_ones in (1, 2, 1, 2):
        watched.minute(*[1] * (20 - slow_ones), *[9] * slow_ones, name="TargetResponseTime", LoadBalancer="app/a/1")
        states.append(watched.state("slow")[0])
    assert states == ["OK", "OK", "OK", "ALARM"]


def test_a_long_period_ends_with_every_minute(watched: Watched) -> None:
    watched.alarm("sum", Period=300, Threshold=5)
    for _ in range(5):
        watched.minute(1)
    assert watched.state("sum")[0] == "OK"
    watched.minute(2)
    assert watched.state("sum")[0] == "ALARM"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"Metrics": math("RATE(all)")}, "metric math RATE() with 1 arguments"),
        ({"Metrics": math("share + 1")}, "metric math with share"),
        ({"Statistic": None, "ExtendedStatistic": "tm99"}, "statistic tm99"),
        ({"Period": 10}, "a period of 10 s"),
    ],
)
def test_what_is_unknown_leaves_an_alarm_without_data(watched: Watched, settings: Any, reason: str) -> None:
    watched.alarm("strange", **settings)
    watched.minute(9)
    assert watched.state("strange") == ("INSUFFICIENT_DATA", f"not evaluated by the emulation: {reason}")


def test_values_of_others_count_at_the_plane_s_moment_of_their_time(watched: Watched, client: Make) -> None:
    own = {"Namespace": "Chat", "MetricName": "Errors", "Dimensions": [{"Name": "Kind", "Value": "a"}]}
    watched.alarm("theirs", **own, TreatMissingData="notBreaching")
    first = watched.clock.moment
    for minute, value in enumerate((2, 4)):
        at = datetime.fromtimestamp(watched.clock.real(first + 60 * minute), UTC)
        datum = {"MetricName": "Errors", "Dimensions": own["Dimensions"], "Value": value, "Timestamp": at}
        client("cloudwatch").put_metric_data(Namespace="Chat", MetricData=[datum, datum])
    states = []
    for _ in range(5):
        watched.minute()
        states.append(watched.state("theirs")[0])
    assert states == ["OK", "ALARM", "ALARM", "ALARM", "OK"]


def test_a_topic_is_told_in_the_form_of_cloudwatch(watched: Watched, client: Make) -> None:
    sns, sqs = client("sns"), client("sqs")
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    queue = sqs.create_queue(QueueName="alarms")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    watched.alarm("told", AlarmActions=[topic], OKActions=[topic], AlarmDescription="Too many")
    for values in ((9,), (9,), (1,)):
        watched.minute(*values)
    envelopes = []
    while received := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
        for each in received:
            envelopes.append(json.loads(each["Body"]))
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
    sqs.delete_queue(QueueUrl=queue)
    sns.delete_topic(TopicArn=topic)
    assert [each["Subject"] for each in envelopes] == [
        'ALARM: "told" in US East (N. Virginia)',
        'OK: "told" in US East (N. Virginia)',
    ]
    message = json.loads(envelopes[0]["Message"])
    assert message["OldStateValue"] == "INSUFFICIENT_DATA"
    assert message["NewStateReason"].startswith("Threshold Crossed: 1 out of the last 1 datapoints [9.0 ")
    assert message["AlarmActions"] == message["OKActions"] == [topic]
    assert message["AlarmDescription"] == "Too many"
    assert message["Trigger"] == {
        "MetricName": "RequestCount",
        "Namespace": "AWS/ApplicationELB",
        "StatisticType": "Statistic",
        "Statistic": "SUM",
        "Unit": None,
        "Dimensions": [{"value": "app/a/1", "name": "LoadBalancer"}],
        "Period": 60,
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 5.0,
        "TreatMissingData": "missing",
        "EvaluateLowSampleCountPercentile": "",
    }


def test_an_alarm_whose_actions_are_off_tells_nobody(watched: Watched, client: Make) -> None:
    sns, sqs, watch = client("sns"), client("sqs"), client("cloudwatch")
    topic = sns.create_topic(Name="off")["TopicArn"]
    queue = sqs.create_queue(QueueName="off")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    watched.alarm("quiet", AlarmActions=[topic], OKActions=[topic])
    watch.disable_alarm_actions(AlarmNames=["quiet"])
    watched.minute(9)
    watch.enable_alarm_actions(AlarmNames=["quiet"])
    watched.minute(1)
    told = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    sqs.delete_queue(QueueUrl=queue)
    sns.delete_topic(TopicArn=topic)
    assert [json.loads(each["Body"])["Subject"][:2] for each in told] == ["OK"]


def test_values_are_written_with_the_time_of_the_clock(watched: Watched, client: Make) -> None:
    watched.minute(1, 2, 2, name="TargetResponseTime", LoadBalancer="app/written/1")
    found = client("cloudwatch").get_metric_statistics(
        Namespace="AWS/ApplicationELB",
        MetricName="TargetResponseTime",
        Dimensions=[{"Name": "LoadBalancer", "Value": "app/written/1"}],
        StartTime=datetime.fromtimestamp(START, UTC),
        EndTime=datetime.fromtimestamp(START + 60, UTC),
        Period=60,
        Statistics=["Sum", "SampleCount"],
    )["Datapoints"]
    assert [(each["Timestamp"].timestamp(), each["Sum"], each["SampleCount"]) for each in found] == [(START, 5.0, 3.0)]


def test_alarms_are_found_by_their_metric(watched: Watched, client: Make) -> None:
    watched.alarm("found")
    asked = {"MetricName": "RequestCount", "Namespace": "AWS/ApplicationELB"}
    watch, here = client("cloudwatch"), [{"Name": "LoadBalancer", "Value": "app/a/1"}]
    found = watch.describe_alarms_for_metric(**asked, Dimensions=here)["MetricAlarms"]
    assert [each["AlarmName"] for each in found] == ["found"]
    assert watch.describe_alarms_for_metric(**asked)["MetricAlarms"] == []
