from __future__ import annotations

import json

import pytest

from constructs_lib.observability.health_events import HealthEvents
from tests.support.synthesised import Template, template


@pytest.fixture(scope="module")
def told() -> Template:
    return template(lambda scope: HealthEvents(scope, "health", name="aws-health", topic_arn="arn:of:topic"))


def test_trouble_and_plans_are_heard_and_news_are_not(told: Template) -> None:
    rule = told.one("aws_cloudwatch_event_rule")
    assert rule["name"] == "aws-health"
    assert json.loads(rule["event_pattern"]) == {
        "source": ["aws.health"],
        "detail-type": ["AWS Health Event"],
        "detail": {"eventTypeCategory": ["issue", "investigation", "scheduledChange"]},
    }


def test_the_topic_gets_sentences_that_name_the_runbook_and_no_free_text(told: Template) -> None:
    target = told.one("aws_cloudwatch_event_target")
    assert target["arn"] == "arn:of:topic"
    transformer = target["input_transformer"]
    assert "runbook aws-health" in transformer["input_template"]
    # `$.detail.eventDescription` is AWS's own text.
    assert not [path for path in transformer["input_paths"].values() if "Description" in path]
