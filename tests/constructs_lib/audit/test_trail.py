from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from config.place import Place
from constructs_lib.audit.trail import Trail, trail_arn
from constructs_lib.storage.log_buckets import LogStorage
from tests.support.synthesised import Template, template

ACCOUNT, KEY = "123456789012", "arn:aws:kms:eu-central-1:123456789012:key/1"
PLACE = Place(ACCOUNT, "eu-central-1", "aws")
STORAGE = LogStorage("trail-files", KEY, retention_days=365, access_logs_bucket="access-logs")
ARN = f"arn:aws:cloudtrail:eu-central-1:{ACCOUNT}:trail/main"


def trail(**changes: Any) -> Template:
    arguments: dict[str, Any] = {
        "name": "main",
        "log_group_name": "/trail",
        "role_name": "trail",
        "storage": replace(STORAGE, **changes),
        "place": PLACE,
    }
    return template(lambda scope: Trail(scope, "trail", **arguments))


@pytest.fixture(scope="module")
def stack() -> Template:
    return trail()


def test_every_region_is_recorded_and_the_files_are_signed(stack: Template) -> None:
    body = stack.one("aws_cloudtrail")
    assert body["is_multi_region_trail"] is body["include_global_service_events"] is True
    assert body["enable_log_file_validation"] is True
    # Logging is on unless it is said to be off.
    assert "enable_logging" not in body


def test_everything_lies_under_the_key(stack: Template) -> None:
    assert stack.one("aws_cloudtrail")["kms_key_id"] == KEY
    assert stack.one("aws_cloudwatch_log_group")["kms_key_id"] == KEY
    assert stack.one("aws_sns_topic")["kms_master_key_id"] == KEY


def test_it_writes_to_its_log_group_through_its_role(stack: Template) -> None:
    body = stack.one("aws_cloudtrail")
    group = next(iter(stack.all("aws_cloudwatch_log_group")))
    assert body["cloud_watch_logs_group_arn"] == f"${{aws_cloudwatch_log_group.{group}.arn}}:*"
    trust = stack.statements("role/trust")["Assume"]
    assert trust["principals"] == [{"type": "Service", "identifiers": ["cloudtrail.amazonaws.com"]}]
    # CloudTrail isn't documented to send a source here: a condition on one might refuse it.
    assert "condition" not in trust
    write = stack.statements("write_document")["WriteLogs"]
    name = stack.one("aws_cloudwatch_log_group")["name"]
    assert write["resources"] == [f"{PLACE.log_group_arn(name)}:*"]


def test_topic_and_bucket_take_from_this_trail_alone(stack: Template) -> None:
    publish = stack.statements("deliveries_document")["Trail"]
    deliver = stack.statements("bucket/policy_document")["Deliver"]
    for statement in (publish, deliver):
        assert {"test": "StringEquals", "variable": "aws:SourceArn", "values": [ARN]} in statement["condition"]
        assert statement["principals"] == [{"type": "Service", "identifiers": ["cloudtrail.amazonaws.com"]}]
    assert deliver["resources"] == [f"arn:aws:s3:::trail-files/AWSLogs/{ACCOUNT}/*"]


def test_it_waits_for_what_cloudtrail_tries(stack: Template) -> None:
    waits = {address.split(".")[0] for address in stack.one("aws_cloudtrail")["depends_on"]}
    assert waits == {"aws_s3_bucket_policy", "aws_sns_topic_policy", "aws_iam_role_policy"}


def test_nobody_is_mailed_each_delivery(stack: Template) -> None:
    assert "aws_sns_topic_subscription" not in stack.types()


def test_retention_is_one_for_files_and_log_group() -> None:
    stack = trail(retention_days=731)
    assert stack.one("aws_cloudwatch_log_group")["retention_in_days"] == 731
    assert stack.one("aws_s3_bucket_lifecycle_configuration")["rule"][0]["expiration"] == [{"days": 731}]


@pytest.mark.parametrize("protected", [True, False])
def test_protection_holds_trail_files_and_log_group(protected: bool) -> None:
    stack = trail(protected=protected)
    for type_ in ("aws_cloudtrail", "aws_s3_bucket", "aws_cloudwatch_log_group"):
        assert (stack.one(type_).get("lifecycle") == {"prevent_destroy": True}) is protected


def test_the_arn_is_known_before_the_trail() -> None:
    assert trail_arn("main", PLACE) == ARN
