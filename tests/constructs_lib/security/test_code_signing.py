from __future__ import annotations

from typing import Any

import pytest
from constructs import Construct

from config.place import Place
from constructs_lib.security.code_signing import PackageSigning
from tests.support.synthesised import Template, template

KEY = "arn:aws:kms:us-east-1:111111111111:key/1"


def signing(scope: Construct, **changes: Any) -> PackageSigning:
    """As little as it takes."""
    arguments = {
        "profile_prefix": "sitechat_dev_",
        "bucket_name": "packages",
        "place": Place("111111111111", "us-east-1", "aws"),
        "kms_key_arn": KEY,
        "access_logs_bucket": "access-logs",
    }
    return PackageSigning(scope, "signing", **{**arguments, **changes})


@pytest.fixture(scope="module")
def config() -> Template:
    return template(signing)


def test_lambda_refuses_what_the_profile_has_not_signed(config: Template) -> None:
    allowed = config.one("aws_lambda_code_signing_config")
    (profile,) = config.all("aws_signer_signing_profile")
    assert allowed["policies"] == {"untrusted_artifact_on_deployment": "Enforce"}
    trusted = [f"${{aws_signer_signing_profile.{profile}.version_arn}}"]
    assert allowed["allowed_publishers"] == {"signing_profile_version_arns": trusted}


def test_the_profile_has_a_name_nobody_had_before(config: Template) -> None:
    profile = config.one("aws_signer_signing_profile")
    assert (profile["name_prefix"], "name" in profile) == ("sitechat_dev_", False)
    assert profile["platform_id"] == "AWSLambda-SHA384-ECDSA"


def test_a_new_profile_is_there_before_the_old_one_is_cancelled(config: Template) -> None:
    assert config.one("aws_signer_signing_profile")["lifecycle"] == {"create_before_destroy": True}


def test_packages_are_kept_and_their_readers_recorded(config: Template) -> None:
    assert config.one("aws_s3_bucket")["bucket"] == "packages"
    assert config.one("aws_s3_bucket_logging")["target_bucket"] == "access-logs"
    (rule,) = config.one("aws_s3_bucket_lifecycle_configuration")["rule"]
    assert "expiration" not in rule


@pytest.mark.parametrize("protected", [True, False])
def test_protection_keeps_the_bucket_and_without_it_all_packages_go_with_it(protected: bool) -> None:
    bucket = template(lambda scope: signing(scope, protected=protected)).one("aws_s3_bucket")
    assert bucket["force_destroy"] is not protected
    assert ("lifecycle" in bucket) == protected
