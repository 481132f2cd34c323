from __future__ import annotations

import pytest

from config.place import Place
from constructs_lib.storage.log_buckets import AccessLogBuckets
from tests.support.synthesised import Template, template

SATELLITE = "aws_s3_bucket_server_side_encryption_configuration"


@pytest.fixture(scope="module")
def buckets() -> Template:
    return template(
        lambda scope: AccessLogBuckets(
            scope,
            "logs",
            server_access_name="access",
            alb_name="balancer",
            place=Place("111111111111", "us-east-1", "aws"),
            retention_days=365,
            protected=True,
        )
    )


def test_s3_writes_for_buckets_of_this_account(buckets: Template) -> None:
    statement = buckets.statements("server_access/policy_document")["ServerAccessLogs"]
    assert statement["principals"] == [{"type": "Service", "identifiers": ["logging.s3.amazonaws.com"]}]
    assert (statement["actions"], statement["resources"]) == (["s3:PutObject"], ["arn:aws:s3:::access/*"])
    assert statement["condition"] == [
        {"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["111111111111"]}
    ]


def test_load_balancers_of_this_account_write_below_its_prefix(buckets: Template) -> None:
    statement = buckets.statements("alb/policy_document")["LoadBalancerAccessLogs"]
    assert statement["principals"] == [
        {"type": "Service", "identifiers": ["logdelivery.elasticloadbalancing.amazonaws.com"]}
    ]
    assert statement["actions"] == ["s3:PutObject"]
    assert statement["resources"] == ["arn:aws:s3:::balancer/AWSLogs/111111111111/*"]
    assert statement["condition"] == [
        {
            "test": "ArnLike",
            "variable": "aws:SourceArn",
            "values": ["arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/*"],
        }
    ]


@pytest.mark.parametrize("bucket", ["server_access", "alb"])
def test_both_refuse_clear_text_use_s3s_keys_and_end(buckets: Template, bucket: str) -> None:
    assert "DenyClearText" in buckets.statements(f"{bucket}/policy_document")
    (rule,) = buckets.one(SATELLITE, f"{bucket}/encryption")["rule"]
    assert rule["apply_server_side_encryption_by_default"]["sse_algorithm"] == "AES256"
    (expiry,) = buckets.one("aws_s3_bucket_lifecycle_configuration", f"{bucket}/expiry")["rule"]
    assert expiry["expiration"] == [{"days": 365}]


def test_the_log_of_logs_is_not_logged(buckets: Template) -> None:
    logging = buckets.one("aws_s3_bucket_logging")
    assert "_alb_" in logging["bucket"]
    assert "_server_access_" in logging["target_bucket"]


def test_reads_are_logged_once_s3_may_write_them(buckets: Template) -> None:
    (dependency,) = buckets.one("aws_s3_bucket_logging")["depends_on"]
    assert dependency.startswith("aws_s3_bucket_policy.")
    assert "_server_access_" in dependency
