"""Objectives on the plane: log lines of failing questions make the burn-rate alarms of the configuration ring, once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from constructs_lib.observability import catalogue
from constructs_lib.observability.objectives import Objective, ObjectiveAlarms
from examples.sitechat_app.metrics import embedded
from tests.local_aws.traffic.metrics.conftest import Watched
from tests.support.synthesised import template

Make = Callable[..., Any]
NAME, NAMESPACE = "burning-slo", "burning-app"
AVAILABILITY = catalogue.availability_objective(namespace=NAMESPACE, percent=99.5)
FIRST_TOKEN = catalogue.first_token_objective(namespace=NAMESPACE, percent=95, seconds=5)


@pytest.fixture
def mail(client: Make) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What a topic called NAME was told since the last look."""
    topic = client("sns").create_topic(Name=NAME)["TopicArn"]
    queues = client("sqs")
    queue = queues.create_queue(QueueName=NAME)["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def told() -> list[dict[str, Any]]:
        found = []
        while got := queues.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for each in got:
                queues.delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
                found.append(json.loads(json.loads(each["Body"])["Message"]))
        return found

    yield told
    queues.delete_queue(QueueUrl=queue)
    client("sns").delete_topic(TopicArn=topic)


def build(client: Make, objective: Objective) -> None:
    """Make the alarms as they are synthesised, with the calls that Terraform's provider makes."""
    topic = client("sns").create_topic(Name=NAME)["TopicArn"]
    made = template(lambda scope: ObjectiveAlarms(scope, "slo", name=NAME, topic_arn=topic, objective=objective))
    watch = client("cloudwatch")
    for alarm in made.all("aws_cloudwatch_metric_alarm").values():
        watch.put_metric_alarm(
            AlarmName=alarm["alarm_name"],
            AlarmDescription=alarm["alarm_description"],
            Metrics=[_query(each) for each in alarm["metric_query"]],
            ComparisonOperator=alarm["comparison_operator"],
            Threshold=alarm["threshold"],
            EvaluationPeriods=alarm["evaluation_periods"],
            TreatMissingData=alarm["treat_missing_data"],
        )
    (composite,) = made.all("aws_cloudwatch_composite_alarm").values()
    watch.put_composite_alarm(
        AlarmName=composite["alarm_name"],
        AlarmDescription=composite["alarm_description"],
        AlarmRule=composite["alarm_rule"],
        AlarmActions=composite["alarm_actions"],
        OKActions=composite["ok_actions"],
    )


def _query(query: dict[str, Any]) -> dict[str, Any]:
    if "expression" in query:
        return {"Id": query["id"], "Expression": query["expression"], "Label": query["label"], "ReturnData": True}
    named = query["metric"]
    metric = {"Namespace": named["namespace"], "MetricName": named["metric_name"], "Dimensions": []}
    stat = {"Metric": metric, "Period": named["period"], "Stat": named["stat"]}
    return {"Id": query["id"], "MetricStat": stat, "ReturnData": False}


def ringing(client: Make) -> set[str]:
    """Ends of the names of alarms that are on; the composite one has none."""
    found = client("cloudwatch").describe_alarms(
        AlarmNamePrefix=NAME, StateValue="ALARM", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    alarms = (*found["MetricAlarms"], *found["CompositeAlarms"])
    return {each["AlarmName"].removeprefix(NAME) for each in alarms}


def minutes(watched: Watched, number: int, *values: Mapping[str, float]) -> None:
    """Let minutes pass in each of which the application wrote these figures, a question each."""
    for _ in range(number):
        for each in values:
            watched.metrics.logged("us-east-1", json.dumps(embedded(NAMESPACE, [({}, each)], 1)).encode())
        watched.minute()


GOOD, BAD = {"Failures": 0}, {"Failures": 1}
EARLY, LATE = {"TimeToFirstToken": 5000}, {"TimeToFirstToken": 5001}


def states(told: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(each["AlarmName"], each["NewStateValue"]) for each in told]


def test_failures_page_once_and_their_end_is_told(watched: Watched, client: Make, mail: Make) -> None:
    build(client, AVAILABILITY)
    minutes(watched, 3, GOOD, GOOD)
    mail()
    assert ringing(client) == set()
    minutes(watched, 2, BAD, GOOD)  # two failures in an hour may be chance
    assert ringing(client) == {"-fast-short", "-slow-short"}
    assert mail() == []
    minutes(watched, 2, BAD, GOOD)
    assert ringing(client) == {"", "-fast-short", "-fast-long", "-slow-short", "-slow-long"}
    minutes(watched, 3, BAD, GOOD)
    assert states(mail()) == [(NAME, "ALARM")], "only the composite alarm tells, and once for both rates"
    minutes(watched, 5, *[GOOD] * 20)
    assert "-fast-short" not in ringing(client)
    assert mail() == [], "the slow rate goes on"
    minutes(watched, 30, GOOD)
    assert "" not in ringing(client)
    assert "-slow-long" in ringing(client), "without its short window it would ring for hours"
    assert states(mail()) == [(NAME, "OK")]


def test_a_share_within_the_objective_rings_nothing(watched: Watched, client: Make, mail: Make) -> None:
    """1 of 40 is 2.5 %: five times what 99.5 % allow, and less than six times."""
    build(client, AVAILABILITY)
    mail()
    minutes(watched, 6, BAD, *[GOOD] * 39)
    assert ringing(client) == set()
    assert mail() == []


def test_late_answers_ring_by_their_share(watched: Watched, client: Make, mail: Make) -> None:
    build(client, FIRST_TOKEN)
    mail()
    minutes(watched, 4, LATE, *[EARLY] * 3)  # a quarter; the slow rate wants 30 %
    assert ringing(client) == set()
    minutes(watched, 6, LATE, EARLY)
    assert ringing(client) == {"", "-slow-short", "-slow-long"}
    assert states(mail()) == [(NAME, "ALARM")]
