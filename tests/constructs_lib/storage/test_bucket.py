from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from constructs import Construct

from config.place import Place
from constructs_lib.identity.policy import Statement
from constructs_lib.storage.bucket import Bucket
from tests.support.synthesised import Template, template

PLACE = Place("111111111111", "us-east-1", "aws")
SATELLITES = (
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_notification",
)


def _bucket(**changes: Any) -> Template:
    arguments = {"name": "pages", "place": PLACE, "kms_key_arn": "arn:of:key"}
    return template(lambda scope: Bucket(scope, "bucket", **{**arguments, **changes}))


@cache
def _default() -> Template:
    return _bucket()


@pytest.mark.parametrize("satellite", SATELLITES)
def test_everything_around_it_is_its_own(satellite: str) -> None:
    assert _default().one(satellite)["bucket"].startswith("${aws_s3_bucket.")


def test_what_is_put_into_it_waits_for_versions_and_encryption() -> None:
    kinds: list[str] = []

    def build(scope: Construct) -> None:
        bucket = Bucket(scope, "bucket", name="b", place=PLACE, kms_key_arn=None)
        kinds.extend(type(each).__name__ for each in bucket.before_objects)

    template(build)
    assert kinds == ["S3BucketServerSideEncryptionConfigurationA", "S3BucketVersioningA"]


def test_nothing_else_is_built() -> None:
    assert _default().types() == {"aws_s3_bucket", *SATELLITES}


@pytest.mark.parametrize(
    "block", ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"]
)
def test_the_public_is_shut_out(block: str) -> None:
    assert _default().one("aws_s3_bucket_public_access_block")[block] is True


def test_the_owner_owns_every_object() -> None:
    assert _default().one("aws_s3_bucket_ownership_controls")["rule"] == {"object_ownership": "BucketOwnerEnforced"}


def test_objects_are_encrypted_with_the_customers_key() -> None:
    (rule,) = _default().one("aws_s3_bucket_server_side_encryption_configuration")["rule"]
    assert rule["bucket_key_enabled"] is True
    assert rule["apply_server_side_encryption_by_default"] == {
        "sse_algorithm": "aws:kms",
        "kms_master_key_id": "arn:of:key",
    }


def test_writers_that_know_no_customer_key_get_s3s_own() -> None:
    (rule,) = _bucket(kms_key_arn=None).one("aws_s3_bucket_server_side_encryption_configuration")["rule"]
    assert rule["apply_server_side_encryption_by_default"] == {"sse_algorithm": "AES256"}
    assert rule["bucket_key_enabled"] is False


def test_old_versions_are_kept_a_month_and_objects_for_ever() -> None:
    assert _default().one("aws_s3_bucket_versioning")["versioning_configuration"] == {"status": "Enabled"}
    (rule,) = _default().one("aws_s3_bucket_lifecycle_configuration")["rule"]
    assert rule["status"] == "Enabled"
    assert rule["noncurrent_version_expiration"] == [{"noncurrent_days": 30}]
    assert rule["abort_incomplete_multipart_upload"] == [{"days_after_initiation": 7}]
    assert "expiration" not in rule


def test_expiry_can_be_set() -> None:
    (rule,) = _bucket(expire_days=365, noncurrent_days=7).one("aws_s3_bucket_lifecycle_configuration")["rule"]
    assert rule["expiration"] == [{"days": 365}]
    assert rule["noncurrent_version_expiration"] == [{"noncurrent_days": 7}]


def test_a_prefix_can_expire_sooner_with_its_old_versions() -> None:
    rules = _bucket(expire_prefixes={"short": 2}).one("aws_s3_bucket_lifecycle_configuration")["rule"]
    whole, short = rules
    assert (whole["filter"], "expiration" in whole) == ([{"prefix": ""}], False)
    assert (short["filter"], short["expiration"]) == ([{"prefix": "short/"}], [{"days": 2}])
    assert short["noncurrent_version_expiration"] == [{"noncurrent_days": 2}]


def test_rules_for_old_versions_wait_for_versions() -> None:
    (dependency,) = _default().one("aws_s3_bucket_lifecycle_configuration")["depends_on"]
    assert dependency.startswith("aws_s3_bucket_versioning.")


def test_who_may_do_what_is_set_one_by_one() -> None:
    """S3 answers two changes of one bucket at a time with OperationAborted."""
    bucket = _default()
    waits = {
        kind: [each.split(".")[0] for each in bucket.one(kind).get("depends_on", ())]
        for kind in (
            "aws_s3_bucket_public_access_block",
            "aws_s3_bucket_ownership_controls",
            "aws_s3_bucket_policy",
        )
    }
    assert waits == {
        "aws_s3_bucket_public_access_block": [],
        "aws_s3_bucket_ownership_controls": ["aws_s3_bucket_public_access_block"],
        "aws_s3_bucket_policy": ["aws_s3_bucket_ownership_controls"],
    }


def test_clear_text_is_denied_to_everyone() -> None:
    statement = _default().statements("bucket/policy_document")["DenyClearText"]
    assert (statement["effect"], statement["actions"]) == ("Deny", ["s3:*"])
    assert statement["principals"] == [{"type": "AWS", "identifiers": ["*"]}]
    assert statement["condition"] == [{"test": "Bool", "variable": "aws:SecureTransport", "values": ["false"]}]
    assert statement["resources"] == ["arn:aws:s3:::pages", "arn:aws:s3:::pages/*"]


def test_further_statements_are_added() -> None:
    extra = Statement(sid="Extra", actions=("s3:PutObject",), resources=("r",), principals={"AWS": ("arn:of:role",)})
    assert set(_bucket(statements=(extra,)).statements("bucket/policy_document")) == {"DenyClearText", "Extra"}


def test_the_policy_can_follow_what_is_built_after_the_bucket() -> None:
    extra = Statement(sid="Extra", actions=("s3:GetObject",), resources=("r",), principals={"AWS": ("arn:of:role",)})

    def later(scope: Construct) -> None:
        bucket = Bucket(scope, "bucket", name="logs", place=PLACE, kms_key_arn="arn:of:key", statements=None)
        bucket.attach_policy(extra)

    assert set(template(later).statements("bucket/policy_document")) == {"DenyClearText", "Extra"}
    assert "aws_s3_bucket_policy" not in _bucket(statements=None).types()


def test_access_is_logged_where_asked() -> None:
    logging = _bucket(access_logs_bucket="logs").one("aws_s3_bucket_logging")
    assert (logging["target_bucket"], logging["target_prefix"]) == ("logs", "pages/")


def test_changes_can_be_listened_to() -> None:
    assert _default().one("aws_s3_bucket_notification")["eventbridge"] is True


@pytest.mark.parametrize(("protected", "lifecycle"), [(True, {"prevent_destroy": True}), (False, None)])
def test_protection_keeps_the_bucket_and_its_objects(protected: bool, lifecycle: object) -> None:
    bucket = _bucket(protected=protected).one("aws_s3_bucket")
    assert bucket["force_destroy"] is not protected
    assert bucket.get("lifecycle") == lifecycle
