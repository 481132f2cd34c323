from __future__ import annotations

from functools import cache
from typing import Any

from cdktf_cdktf_provider_aws.provider import AwsProvider
from constructs import Construct

from constructs_lib.observability.topic import AlarmTopic
from tests.support.synthesised import Template, template

ARGUMENTS = {"name": "alarms", "kms_key_arn": "arn:of:key", "account_id": "111111111111"}


@cache
def _topic(**changes: Any) -> Template:
    return template(lambda scope: AlarmTopic(scope, "topic", **{**ARGUMENTS, **changes}))


def test_it_is_under_the_customers_key() -> None:
    assert _topic().one("aws_sns_topic")["kms_master_key_id"] == "arn:of:key"


def test_cloudwatch_of_this_account_publishes_and_nobody_else() -> None:
    (statement,) = _topic().statements("topic/policy_document").values()
    assert statement["actions"] == ["sns:Publish"]
    assert statement["principals"] == [{"type": "Service", "identifiers": ["cloudwatch.amazonaws.com"]}]
    assert statement["condition"] == [
        {"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["111111111111"]}
    ]
    (resource,) = statement["resources"]
    assert resource == _topic().one("aws_sns_topic_policy")["arn"]


def test_other_publishers_can_be_named() -> None:
    publishers = ("cloudwatch.amazonaws.com", "budgets.amazonaws.com")
    (statement,) = _topic(publishers=publishers).statements("topic/policy_document").values()
    assert statement["principals"][0]["identifiers"] == list(publishers)


def test_nobody_is_told_by_default() -> None:
    assert "aws_sns_topic_subscription" not in _topic().types()


def test_each_address_subscribes() -> None:
    subscriptions = _topic(emails=("a@example.com", "b@example.com")).all("aws_sns_topic_subscription").values()
    assert [(each["protocol"], each["endpoint"]) for each in subscriptions] == [
        ("email", "a@example.com"),
        ("email", "b@example.com"),
    ]


def test_it_can_live_in_another_region() -> None:
    def build(scope: Construct) -> None:
        other = AwsProvider(scope, "other", region="us-east-1", alias="global")
        AlarmTopic(scope, "topic", **{**ARGUMENTS, "emails": ("a@example.com",), "provider": other})

    topic = template(build)
    for type_ in ("aws_sns_topic", "aws_sns_topic_policy", "aws_sns_topic_subscription"):
        assert topic.one(type_)["provider"] == "aws.global"
