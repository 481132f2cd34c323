"""Alarms on stale sources."""

from __future__ import annotations

import pytest

from constructs_lib.workflows.freshness import SourceFreshness
from tests.support.synthesised import Template, template


@pytest.fixture(scope="module")
def stack() -> Template:
    return template(
        lambda scope: SourceFreshness(
            scope,
            "fresh",
            name_prefix="chat-ingestion",
            log_group_name="/chat/ingestion/ledger",
            sources=("docs", "web-shop"),
            stale_after_hours=30,
            topic_arn="arn:of:topic",
        )
    )


def test_each_source_has_a_metric_of_its_successes_in_the_ledgers_log(stack: Template) -> None:
    filters = stack.all("aws_cloudwatch_log_metric_filter").values()
    assert [each["pattern"] for each in filters] == ['{ $.ingested = "docs" }', '{ $.ingested = "web-shop" }']
    assert {each["log_group_name"] for each in filters} == {"/chat/ingestion/ledger"}
    assert [each["metric_transformation"] for each in filters] == [
        {"name": name, "namespace": "chat-ingestion", "value": "1"} for name in ("docs", "web-shop")
    ]


def test_each_source_has_an_alarm_that_silence_sets_off(stack: Template) -> None:
    alarms = stack.all("aws_cloudwatch_metric_alarm").values()
    assert [each["alarm_name"] for each in alarms] == [
        "chat-ingestion-stale-docs",
        "chat-ingestion-stale-web-shop",
    ]
    for alarm, source in zip(alarms, ("docs", "web-shop"), strict=True):
        assert (alarm["namespace"], alarm["metric_name"]) == ("chat-ingestion", source)
        assert (alarm["evaluation_periods"], alarm["period"], alarm["treat_missing_data"]) == (30, 3600, "breaching")
        assert alarm["alarm_actions"] == ["arn:of:topic"]
