from __future__ import annotations

import pytest
from constructs import Construct

from constructs_lib.security.signed_package import SignedPackage
from tests.constructs_lib.security.test_code_signing import KEY, signing
from tests.support.synthesised import Resource, Template, template

HASH = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def _build(scope: Construct) -> None:
    SignedPackage(scope, "package", signing=signing(scope).signer, name="f", path="assets/f.zip", sha256_base64=HASH)


@pytest.fixture(scope="module")
def config() -> Template:
    return template(_build)


@pytest.fixture(scope="module")
def source(config: Template) -> Resource:
    return config.one("aws_s3_object")


@pytest.fixture(scope="module")
def job(config: Template) -> Resource:
    return config.one("aws_signer_signing_job")


def test_the_archive_lies_where_only_terraform_puts_it(source: Resource) -> None:
    assert (source["key"], source["source"]) == ("source/f.zip", "assets/f.zip")


def test_the_bucket_encrypts_it_under_the_customers_key(config: Template, source: Resource) -> None:
    """So it does the signed copy, which nobody could tell a key."""
    assert not {"server_side_encryption", "kms_key_id"} & set(source)
    (rule,) = config.one("aws_s3_bucket_server_side_encryption_configuration")["rule"]
    assert rule["apply_server_side_encryption_by_default"]["kms_master_key_id"] == KEY


def test_new_content_is_seen_by_its_hash(source: Resource) -> None:
    """Under a customer key the ETag is none."""
    assert source["source_hash"] == HASH
    assert "etag" not in source


def test_the_object_waits_until_the_bucket_has_versions_and_a_key(source: Resource) -> None:
    assert {name.split(".")[0] for name in source["depends_on"]} == {
        "aws_s3_bucket_versioning",
        "aws_s3_bucket_server_side_encryption_configuration",
    }


def test_the_version_that_was_uploaded_is_signed(config: Template, job: Resource) -> None:
    (name,) = config.all("aws_s3_object")
    signed = job["source"]["s3"]
    assert (signed["key"], signed["version"]) == (
        f"${{aws_s3_object.{name}.key}}",
        f"${{aws_s3_object.{name}.version_id}}",
    )
    (profile,) = config.all("aws_signer_signing_profile")
    assert job["profile_name"] == f"${{aws_signer_signing_profile.{profile}.name}}"


def test_a_job_that_fails_fails_the_apply(job: Resource) -> None:
    assert job.get("ignore_signing_job_failure", False) is False


def test_another_archive_is_signed_anew_and_an_object_changed_by_others_is_not(job: Resource) -> None:
    """By what the configuration says alone: an apply may be cut off after the upload."""
    assert job["lifecycle"] == {"ignore_changes": ["source"]}
    assert job["destination"]["s3"]["prefix"] == "signed/f-e3b0c44298fc1c14-"


def test_signed_copies_lie_apart_in_the_same_bucket(config: Template, source: Resource, job: Resource) -> None:
    destination = job["destination"]["s3"]
    assert destination["prefix"].startswith("signed/")
    assert source["key"].startswith("source/")
    assert destination["bucket"] == source["bucket"] == job["source"]["s3"]["bucket"]
