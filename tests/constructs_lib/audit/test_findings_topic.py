from __future__ import annotations

from constructs_lib.audit.findings_topic import FindingsTopic
from tests.support.synthesised import Template, template

ACCOUNT, KEY = "123456789012", "arn:aws:kms:eu-central-1:123456789012:key/1"


def topic(*emails: str) -> Template:
    return template(
        lambda scope: FindingsTopic(
            scope,
            "topic",
            name="security",
            kms_key_arn=KEY,
            account_id=ACCOUNT,
            region="eu-central-1",
            partition="aws",
            emails=emails,
        )
    )


def test_it_is_encrypted() -> None:
    body = topic().one("aws_sns_topic")
    assert (body["name"], body["kms_master_key_id"]) == ("security", KEY)


def test_rules_and_alarms_of_this_account_publish_and_nobody_else() -> None:
    statements = topic().statements("policy_document")
    assert {sid: one["principals"][0]["identifiers"] for sid, one in statements.items()} == {
        "Rules": ["events.amazonaws.com"],
        "Alarms": ["cloudwatch.amazonaws.com"],
    }
    assert {tuple(one["actions"]) for one in statements.values()} == {("sns:Publish",)}


def test_each_is_bound_to_the_account_by_what_its_service_sends() -> None:
    statements = topic().statements("policy_document")
    rules = f"arn:aws:events:eu-central-1:{ACCOUNT}:rule/*"
    assert statements["Rules"]["condition"] == [{"test": "ArnLike", "variable": "aws:SourceArn", "values": [rules]}]
    assert statements["Alarms"]["condition"] == [
        {"test": "StringEquals", "variable": "aws:SourceAccount", "values": [ACCOUNT]}
    ]


def test_readers_get_mail() -> None:
    subscriptions = topic("a@example.com", "b@example.com").all("aws_sns_topic_subscription").values()
    assert [(one["protocol"], one["endpoint"]) for one in subscriptions] == [
        ("email", "a@example.com"),
        ("email", "b@example.com"),
    ]
    assert "aws_sns_topic_subscription" not in topic().types()
