"""Alarms as clients of both protocols meet them: newer SDKs speak JSON, Terraform's provider the query protocol."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.request import Request, urlopen

import pytest

from local_aws import Endpoint

Make = Callable[..., Any]
METRIC = {"Namespace": "N", "MetricName": "E", "Dimensions": [{"Name": "A", "Value": "b"}]}
MATH = [
    {"Id": "e", "MetricStat": {"Metric": METRIC, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
    {"Id": "r", "Expression": "e > 1", "ReturnData": True},
]
RULE = {"EvaluationPeriods": 2, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold"}


def asked(endpoint: Endpoint, operation: str, **body: Any) -> Any:
    """The answer of CloudWatch in its JSON protocol."""
    scope = f"{endpoint.account_id}/20260101/us-east-1/monitoring/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": f"GraniteServiceVersion20100801.{operation}",
    }
    with urlopen(Request(endpoint.url, json.dumps(body).encode(), headers)) as answer:
        return json.loads(answer.read() or b"{}")


def test_an_alarm_is_the_same_in_both_protocols(endpoint: Endpoint, client: Make) -> None:
    watch = client("cloudwatch")
    asked(endpoint, "PutMetricAlarm", AlarmName="json", Metrics=MATH, **RULE)
    watch.put_metric_alarm(AlarmName="query", Metrics=MATH, **RULE)
    names = ["json", "query"]
    by_json = asked(endpoint, "DescribeAlarms", AlarmNames=names)["MetricAlarms"]
    by_query = watch.describe_alarms(AlarmNames=names)["MetricAlarms"]
    watch.delete_alarms(AlarmNames=names)
    for found in (by_json, by_query):
        assert [(each["AlarmName"], each["Metrics"]) for each in found] == [("json", MATH), ("query", MATH)]
        assert all(each["ActionsEnabled"] is True and "MetricName" not in each for each in found)


@pytest.mark.parametrize("speaks_json", [True, False])
def test_only_set_alarm_state_changes_a_state(endpoint: Endpoint, client: Make, speaks_json: bool) -> None:
    watch = client("cloudwatch")
    settings = {**RULE, **METRIC, "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1}
    if speaks_json:
        asked(endpoint, "PutMetricAlarm", AlarmName="set", **settings)
    else:
        watch.put_metric_alarm(AlarmName="set", **settings)
    watch.put_metric_data(Namespace="N", MetricData=[{"MetricName": "E", "Value": 9.0}])
    states = [watch.describe_alarms()["MetricAlarms"][0]["StateValue"]]
    watch.set_alarm_state(AlarmName="set", StateValue="ALARM", StateReason="by hand")
    states.append(watch.describe_alarms()["MetricAlarms"][0]["StateValue"])
    watch.delete_alarms(AlarmNames=["set"])
    assert states == ["INSUFFICIENT_DATA", "ALARM"]


def test_the_topic_of_an_alarm_on_metric_math_gets_its_queries(client: Make) -> None:
    watch, sns, sqs = client("cloudwatch"), client("sns"), client("sqs")
    topic = sns.create_topic(Name="math")["TopicArn"]
    queue = sqs.create_queue(QueueName="math")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    watch.put_metric_alarm(AlarmName="math", Metrics=MATH, AlarmActions=[topic], DatapointsToAlarm=1, **RULE)
    for state in ("ALARM", "ALARM", "OK"):
        watch.set_alarm_state(AlarmName="math", StateValue=state, StateReason="by hand")
    received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    watch.delete_alarms(AlarmNames=["math"])
    sqs.delete_queue(QueueUrl=queue)
    sns.delete_topic(TopicArn=topic)
    (message,) = (json.loads(json.loads(each["Body"])["Message"]) for each in received)
    assert (message["OldStateValue"], message["NewStateValue"]) == ("INSUFFICIENT_DATA", "ALARM")
    trigger = message["Trigger"]
    assert (trigger["Period"], trigger["EvaluationPeriods"], trigger["DatapointsToAlarm"]) == (60, 2, 1)
    stat = {**MATH[0]["MetricStat"], "Metric": {**METRIC, "Dimensions": [{"name": "A", "value": "b"}]}}  # type: ignore[dict-item]
    assert trigger["Metrics"] == [{**MATH[0], "MetricStat": stat}, MATH[1]]
