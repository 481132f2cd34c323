"""Who writes to an encrypted place, or reads from it, uses its key, in the context that the service sends."""

from __future__ import annotations

from typing import Any

import pytest

from policies.needs.arns import Arns
from policies.needs.deployed import Deployed
from policies.needs.encryption import Encryption
from policies.needs.need import Need, service
from policies.proof.configuration import Configuration

ACCOUNT = "111111111111"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"


def encryption(*, bucket_key: bool = True) -> Encryption:
    default = {"sse_algorithm": "aws:kms", "kms_master_key_id": "${aws_kms_key.key.arn}"}
    rule = {"apply_server_side_encryption_by_default": default, "bucket_key_enabled": bucket_key}
    resources: dict[str, Any] = {
        "aws_kms_key": {"key": {}},
        "aws_kms_alias": {"a": {"name": "alias/files", "target_key_id": "${aws_kms_key.key.key_id}"}},
        "aws_s3_bucket_server_side_encryption_configuration": {"b": {"bucket": "files", "rule": [rule]}},
        "aws_sqs_queue": {"q": {"name": "letters", "kms_master_key_id": "${aws_kms_key.key.arn}"}},
        "aws_sns_topic": {"t": {"name": "alarms", "kms_master_key_id": "${aws_kms_key.key.arn}"}},
        "aws_secretsmanager_secret": {"s": {"name": "session", "kms_key_id": "${aws_kms_key.key.arn}"}},
    }
    provider = {"aws": [{"region": "us-east-1", "allowed_account_ids": [ACCOUNT]}]}
    configuration = Configuration({"one": {"provider": provider, "resource": resources}})
    return Encryption(Deployed(configuration, Arns(configuration)))


def used(need: Need, *, bucket_key: bool = True) -> Need:
    (found,) = encryption(bucket_key=bucket_key).follows(need)
    assert found.who == need.who
    assert ":key/" in found.resource
    assert found.context["kms:ResourceAliases"] == "alias/files"
    return found


@pytest.mark.parametrize(
    ("action", "resource", "actions", "named"),
    [
        ("s3:PutObject", "arn:aws:s3:::files/a", ("kms:Decrypt", "kms:GenerateDataKey"), "aws:s3:arn"),
        ("s3:GetObject", "arn:aws:s3:::files/a", ("kms:Decrypt",), "aws:s3:arn"),
        (
            "sqs:SendMessage",
            f"arn:aws:sqs:us-east-1:{ACCOUNT}:letters",
            ("kms:Decrypt", "kms:GenerateDataKey"),
            "aws:sqs:arn",
        ),
        (
            "sns:Publish",
            f"arn:aws:sns:us-east-1:{ACCOUNT}:alarms",
            ("kms:Decrypt", "kms:GenerateDataKey"),
            "aws:sns:topicArn",
        ),
    ],
)
def test_a_writer_or_reader_uses_the_key(action: str, resource: str, actions: tuple[str, ...], named: str) -> None:
    source = {"aws:SourceArn": "arn:of:source", "s3:x-amz-acl": "bucket-owner-full-control"}
    found = used(Need(service("a.amazonaws.com"), (action,), resource, "bucket-key", source))
    assert found.actions == actions
    assert found.context["aws:SourceArn"] == "arn:of:source"
    assert f"kms:EncryptionContext:{named}" in found.context
    # What goes with the object doesn't go with the key.
    assert "s3:x-amz-acl" not in found.context


def test_a_bucket_key_names_the_bucket_and_without_one_it_is_the_object() -> None:
    need = Need(service("a.amazonaws.com"), ("s3:PutObject",), "arn:aws:s3:::files/a/b", "bucket-key")
    named = "kms:EncryptionContext:aws:s3:arn"
    assert used(need).context[named] == "arn:aws:s3:::files"
    assert used(need, bucket_key=False).context[named] == "arn:aws:s3:::files/a/b"


def test_a_role_comes_through_the_service() -> None:
    need = Need(ROLE, ("s3:GetObject",), "arn:aws:s3:::files/a", "bucket-key")
    assert used(need).context["kms:ViaService"] == "s3.us-east-1.amazonaws.com"


def test_an_unencrypted_place_brings_no_need() -> None:
    need = Need(ROLE, ("s3:GetObject",), "arn:aws:s3:::others/a", "bucket-key")
    assert list(encryption().follows(need)) == []
