from __future__ import annotations

from functools import cache
from typing import Any

from constructs_lib.observability.budget import MonthlyBudget, of_services, of_tag
from tests.support.synthesised import Resource, template


@cache
def _budget(**changes: Any) -> Resource:
    arguments = {
        "name": "monthly",
        "monthly_usd": 100,
        "notify_percent": (100, 80),
        "counted": of_tag("Deployment", "sitechat/dev"),
        "topic_arn": "arn:of:topic",
    }
    return template(lambda scope: MonthlyBudget(scope, "budget", **{**arguments, **changes})).one("aws_budgets_budget")


def test_a_months_cost_in_dollars() -> None:
    budget = _budget()
    assert (budget["budget_type"], budget["time_unit"]) == ("COST", "MONTHLY")
    assert (budget["limit_amount"], budget["limit_unit"]) == ("100.0", "USD")


def test_only_what_carries_the_tag_counts() -> None:
    assert _budget()["cost_filter"] == [{"name": "TagKeyValue", "values": ["user:Deployment$sitechat/dev"]}]


def test_services_count_whoever_used_them() -> None:
    found = _budget(counted=of_services("Amazon Bedrock", "Claude (Amazon Bedrock Edition)"))
    values = ["Amazon Bedrock", "Claude (Amazon Bedrock Edition)"]
    assert found["cost_filter"] == [{"name": "Service", "values": values}]


def test_actual_cost_at_every_level_and_the_forecast_at_the_highest() -> None:
    levels = [(each["notification_type"], each["threshold"]) for each in _budget()["notification"]]
    assert levels == [("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)]


def test_every_notification_reaches_the_topic() -> None:
    for notification in _budget()["notification"]:
        assert notification["subscriber_sns_topic_arns"] == ["arn:of:topic"]
        assert (notification["comparison_operator"], notification["threshold_type"]) == ("GREATER_THAN", "PERCENTAGE")
        assert "subscriber_email_addresses" not in notification


def test_addresses_alone_are_enough() -> None:
    for notification in _budget(emails=("a@example.com",), topic_arn=None)["notification"]:
        assert notification["subscriber_email_addresses"] == ["a@example.com"]
        assert "subscriber_sns_topic_arns" not in notification
