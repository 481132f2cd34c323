from __future__ import annotations

from typing import Any

import pytest

from config.place import Place
from constructs_lib.audit.delivery_bucket import DeliveringService, DeliveryBucket
from constructs_lib.storage.log_buckets import LogStorage
from tests.support.synthesised import Template, template

ACCOUNT, KEY = "123456789012", "arn:aws:kms:eu-central-1:123456789012:key/1"
SOURCE = ("StringEquals", "aws:SourceAccount", (ACCOUNT,))


def bucket(*, list_bucket: bool = False, protected: bool = True) -> Template:
    storage = LogStorage("evidence", KEY, retention_days=400, access_logs_bucket="access-logs", protected=protected)
    service = DeliveringService("config.amazonaws.com", SOURCE, "Config/", list_bucket=list_bucket)
    place = Place(ACCOUNT, "eu-central-1", "aws")
    return template(lambda scope: DeliveryBucket(scope, "delivery", storage=storage, service=service, place=place))


def conditions(statement: Any) -> set[tuple[str, str]]:
    return {(one["variable"], one["values"][0]) for one in statement["condition"]}


def test_the_service_delivers_under_its_prefix_for_its_source_only() -> None:
    statements = bucket().statements("policy_document")
    assert set(statements) == {"DenyClearText", "CheckBucket", "Deliver"}
    deliver = statements["Deliver"]
    assert deliver["resources"] == [f"arn:aws:s3:::evidence/AWSLogs/{ACCOUNT}/Config/*"]
    assert deliver["actions"] == ["s3:PutObject"]
    assert conditions(deliver) == {
        ("aws:SourceAccount", ACCOUNT),
        ("s3:x-amz-acl", "bucket-owner-full-control"),
    }
    for statement in (deliver, statements["CheckBucket"]):
        assert statement["principals"] == [{"type": "Service", "identifiers": ["config.amazonaws.com"]}]


@pytest.mark.parametrize(
    ("list_bucket", "actions"),
    [(False, ["s3:GetBucketAcl"]), (True, ["s3:GetBucketAcl", "s3:ListBucket"])],
)
def test_it_looks_at_the_bucket_no_more_than_it_needs(list_bucket: bool, actions: list[str]) -> None:
    check = bucket(list_bucket=list_bucket).statements("policy_document")["CheckBucket"]
    assert check["actions"] == actions
    assert check["resources"] == ["arn:aws:s3:::evidence"]
    assert conditions(check) == {("aws:SourceAccount", ACCOUNT)}


def test_who_reads_evidence_is_logged_and_it_goes_in_time() -> None:
    stack = bucket()
    assert stack.one("aws_s3_bucket_logging")["target_bucket"] == "access-logs"
    rule = stack.one("aws_s3_bucket_lifecycle_configuration")["rule"][0]
    assert rule["expiration"] == [{"days": 400}]


@pytest.mark.parametrize("protected", [True, False])
def test_protection_keeps_the_bucket(protected: bool) -> None:
    body = bucket(protected=protected).one("aws_s3_bucket")
    assert body["force_destroy"] is not protected
    assert (body.get("lifecycle") == {"prevent_destroy": True}) is protected
