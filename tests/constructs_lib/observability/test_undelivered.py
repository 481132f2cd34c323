from __future__ import annotations

from typing import Any

import pytest

from config.place import Place
from constructs_lib.observability.undelivered import UndeliveredEvents
from tests.support.synthesised import Template, template

PLACE = Place("111111111111", "us-east-1", "aws")


def _queue(**changes: Any) -> Template:
    return template(lambda scope: UndeliveredEvents(scope, "lost", name="findings-undelivered", place=PLACE, **changes))


@pytest.fixture(scope="module")
def watched() -> Template:
    return _queue(alarm_topic_arn="arn:of:alarms")


def test_events_stay_two_weeks_under_a_key_that_is_not_the_topics(watched: Template) -> None:
    queue = watched.one("aws_sqs_queue")
    assert (queue["name"], queue["message_retention_seconds"]) == ("findings-undelivered", 1_209_600)
    assert queue["sqs_managed_sse_enabled"] is True
    assert "kms_master_key_id" not in queue


def test_rules_of_this_account_and_region_send(watched: Template) -> None:
    statement = watched.statements("document")["Rules"]
    assert statement["actions"] == ["sqs:SendMessage"]
    assert statement["principals"] == [{"type": "Service", "identifiers": ["events.amazonaws.com"]}]
    assert statement["condition"] == [
        {
            "test": "ArnLike",
            "variable": "aws:SourceArn",
            "values": ["arn:aws:events:us-east-1:111111111111:rule/*"],
        }
    ]


def test_one_event_is_enough_for_an_alarm_that_names_the_runbook(watched: Template) -> None:
    alarm = watched.one("aws_cloudwatch_metric_alarm")
    assert alarm["alarm_name"] == "findings-undelivered-messages"
    assert (alarm["namespace"], alarm["metric_name"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert (alarm["statistic"], alarm["threshold"], alarm["evaluation_periods"]) == ("Maximum", 1, 1)
    assert alarm["dimensions"]["QueueName"].startswith("${aws_sqs_queue.")
    assert alarm["alarm_actions"] == ["arn:of:alarms"]
    assert "docs/runbooks/undelivered-finding.md" in alarm["alarm_description"]


def test_without_a_topic_there_is_no_alarm() -> None:
    assert "aws_cloudwatch_metric_alarm" not in _queue().types()
