from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from config.place import Place
from constructs_lib.edge.access_logs import DistributionLogs
from constructs_lib.storage.log_buckets import LogStorage
from tests.support.synthesised import Template, template


def _logs(**changes: Any) -> Template:
    storage = LogStorage("edge-logs-111111111111", "arn:of:key", retention_days=365, access_logs_bucket=None)
    return template(
        lambda scope: DistributionLogs(
            scope,
            "logs",
            name="edge",
            distribution_arn="arn:of:distribution",
            storage=replace(storage, **changes),
            place=Place("111111111111", "us-east-1", "aws"),
        )
    )


@pytest.fixture(scope="module")
def logs() -> Template:
    return _logs()


def test_readers_are_recorded_where_a_bucket_is_given_for_it(logs: Template) -> None:
    assert "aws_s3_bucket_logging" not in logs.types()
    recorded = _logs(access_logs_bucket="access-logs").one("aws_s3_bucket_logging")
    assert recorded["target_bucket"] == "access-logs"


def test_the_distribution_delivers_as_json(logs: Template) -> None:
    source = logs.one("aws_cloudwatch_log_delivery_source")
    assert (source["log_type"], source["resource_arn"]) == ("ACCESS_LOGS", "arn:of:distribution")
    destination = logs.one("aws_cloudwatch_log_delivery_destination")
    assert destination["output_format"] == "json"
    (configuration,) = destination["delivery_destination_configuration"]
    assert configuration["destination_resource_arn"].startswith("${aws_s3_bucket.")


def test_source_and_destination_are_joined(logs: Template) -> None:
    delivery = logs.one("aws_cloudwatch_log_delivery")
    assert delivery["delivery_source_name"].startswith("${aws_cloudwatch_log_delivery_source.")
    assert delivery["delivery_destination_arn"].endswith(".arn}")
    (configuration,) = delivery["s3_delivery_configuration"]
    # CloudWatch Logs puts AWSLogs, the account and CloudFront before it.
    assert configuration["suffix_path"] == "{DistributionId}/{yyyy}/{MM}/{dd}/{HH}"


def test_the_bucket_lets_the_delivery_in_with_the_statement_that_aws_would_add(logs: Template) -> None:
    statement = logs.statements("bucket/policy_document")["AWSLogDeliveryWrite1"]
    assert statement["actions"] == ["s3:PutObject"]
    assert statement["resources"] == ["arn:aws:s3:::edge-logs-111111111111/AWSLogs/111111111111/CloudFront/*"]
    assert statement["principals"] == [{"type": "Service", "identifiers": ["delivery.logs.amazonaws.com"]}]
    assert {(each["variable"], *each["values"]) for each in statement["condition"]} == {
        ("aws:SourceAccount", "111111111111"),
        ("s3:x-amz-acl", "bucket-owner-full-control"),
        ("aws:SourceArn", "arn:aws:logs:us-east-1:111111111111:delivery-source:edge"),
    }


def test_delivery_waits_for_the_policy_and_for_encryption(logs: Template) -> None:
    kinds = [each.split(".")[0] for each in logs.one("aws_cloudwatch_log_delivery_destination")["depends_on"]]
    assert kinds == [
        "aws_s3_bucket_policy",
        "aws_s3_bucket_server_side_encryption_configuration",
        "aws_s3_bucket_versioning",
    ]


def test_logs_are_encrypted_protected_and_end(logs: Template) -> None:
    bucket = logs.one("aws_s3_bucket")
    assert (bucket["bucket"], bucket["lifecycle"]) == ("edge-logs-111111111111", {"prevent_destroy": True})
    (rule,) = logs.one("aws_s3_bucket_server_side_encryption_configuration")["rule"]
    assert rule["apply_server_side_encryption_by_default"]["kms_master_key_id"] == "arn:of:key"
    (expiry,) = logs.one("aws_s3_bucket_lifecycle_configuration")["rule"]
    assert expiry["expiration"] == [{"days": 365}]
