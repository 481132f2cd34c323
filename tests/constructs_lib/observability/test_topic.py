from __future__ import annotations

from functools import cache
from typing import Any

from cdktf_cdktf_provider_aws.provider import AwsProvider
from constructs import Construct

from config.place import Place
from constructs_lib.observability.topic import NotificationTopic, account_publisher, rules_publisher
from tests.support.synthesised import Template, template

ACCOUNT = "111111111111"
ARGUMENTS: dict[str, Any] = {
    "name": "alarms",
    "kms_key_arn": "arn:of:key",
    "place": Place(ACCOUNT, "eu-central-1", "aws"),
    "publishers": (account_publisher(ACCOUNT),),
}
RULES = rules_publisher(Place(ACCOUNT, "eu-central-1", "aws"))


@cache
def _topic(**changes: Any) -> Template:
    return template(lambda scope: NotificationTopic(scope, "topic", **{**ARGUMENTS, **changes}))


def test_it_is_under_the_customers_key() -> None:
    assert _topic().one("aws_sns_topic")["kms_master_key_id"] == "arn:of:key"


def test_cloudwatch_of_this_account_publishes_and_nobody_else() -> None:
    (statement,) = _topic().statements("topic/policy_document").values()
    assert statement["actions"] == ["sns:Publish"]
    assert statement["principals"] == [{"type": "Service", "identifiers": ["cloudwatch.amazonaws.com"]}]
    assert statement["condition"] == [{"test": "StringEquals", "variable": "aws:SourceAccount", "values": [ACCOUNT]}]
    (resource,) = statement["resources"]
    assert resource == f"arn:aws:sns:eu-central-1:{ACCOUNT}:alarms"


def test_other_services_of_the_account_can_be_named() -> None:
    services = ("cloudwatch.amazonaws.com", "budgets.amazonaws.com")
    publishers = (account_publisher(ACCOUNT, services=services),)
    (statement,) = _topic(publishers=publishers).statements("topic/policy_document").values()
    assert statement["principals"][0]["identifiers"] == list(services)


def test_each_publisher_has_a_statement() -> None:
    statements = _topic(publishers=(RULES, account_publisher(ACCOUNT, sid="Alarms"))).statements("policy_document")
    assert {sid: one["principals"][0]["identifiers"] for sid, one in statements.items()} == {
        "Rules": ["events.amazonaws.com"],
        "Alarms": ["cloudwatch.amazonaws.com"],
    }
    assert {tuple(one["actions"]) for one in statements.values()} == {("sns:Publish",)}


def test_rules_are_bound_to_the_account_by_what_eventbridge_sends() -> None:
    statement = _topic(publishers=(RULES,)).statements("policy_document")["Rules"]
    rules = f"arn:aws:events:eu-central-1:{ACCOUNT}:rule/*"
    assert statement["condition"] == [{"test": "ArnLike", "variable": "aws:SourceArn", "values": [rules]}]


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
        NotificationTopic(scope, "topic", **{**ARGUMENTS, "emails": ("a@example.com",), "provider": other})

    topic = template(build)
    for type_ in ("aws_sns_topic", "aws_sns_topic_policy", "aws_sns_topic_subscription"):
        assert topic.one(type_)["provider"] == "aws.global"
