"""The alarm on pages that hold an attack."""

from __future__ import annotations

import pytest

from constructs_lib.workflows.quarantine import Quarantine
from tests.support.synthesised import Template, template


@pytest.fixture(scope="module")
def stack() -> Template:
    return template(
        lambda scope: Quarantine(
            scope,
            "quarantine",
            name_prefix="chat-ingestion",
            log_group_name="/chat/ingestion/ledger",
            topic_arn="arn:of:topic",
        )
    )


def test_pages_are_counted_in_the_ledgers_log_whatever_their_source(stack: Template) -> None:
    found = stack.one("aws_cloudwatch_log_metric_filter")
    assert (found["log_group_name"], found["pattern"]) == ("/chat/ingestion/ledger", "{ $.quarantined = * }")
    transformation = {"name": "QuarantinedPages", "namespace": "chat-ingestion", "value": "1"}
    assert found["metric_transformation"] == transformation


def test_one_page_rings_for_an_hour_and_wakes_nobody(stack: Template) -> None:
    alarm = stack.one("aws_cloudwatch_metric_alarm")
    assert (alarm["alarm_name"], alarm["metric_name"]) == ("chat-ingestion-quarantined", "QuarantinedPages")
    assert (alarm["threshold"], alarm["statistic"], alarm["period"], alarm["evaluation_periods"]) == (1, "Sum", 3600, 1)
    assert alarm["treat_missing_data"] == "notBreaching"
    assert alarm["alarm_actions"] == ["arn:of:topic"]
    assert alarm["alarm_description"].endswith("Severity: ticket. Runbook: docs/runbooks/quarantined-page.md")
