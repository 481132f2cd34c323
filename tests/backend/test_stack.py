"""The state bucket, lock table and key: each property that keeps a state from being lost or read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cdktf import App

from backend.stack import BackendStack
from config import Environment
from pipeline.bundle.transport import PREFIX
from tests.support.environments import varied
from tests.support.synthesised import Template


def synthesised(env: Environment, tmp_path_factory: pytest.TempPathFactory) -> Template:
    folder = tmp_path_factory.mktemp("backend")
    app = App(outdir=str(folder))
    BackendStack(app, "backend", env)
    app.synth()
    return Template(json.loads((folder / "stacks" / "backend" / "cdk.tf.json").read_text()))


@pytest.fixture(scope="module")
def env() -> Environment:
    return varied("dev", account_id="222222222222", state__noncurrent_days=45)


@pytest.fixture(scope="module")
def template(env: Environment, tmp_path_factory: pytest.TempPathFactory) -> Template:
    return synthesised(env, tmp_path_factory)


@pytest.fixture(scope="module")
def unprotected(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return synthesised(varied("local"), tmp_path_factory)


def test_the_names_are_those_every_layer_uses(template: Template, env: Environment) -> None:
    assert template.one("aws_s3_bucket", "state/bucket")["bucket"] == env.state_backend.bucket
    assert template.one("aws_dynamodb_table")["name"] == env.state_backend.table
    assert template.one("aws_kms_alias")["name"] == env.state_backend.key_alias


def test_the_backend_keeps_its_own_state_in_the_bucket(template: Template, env: Environment) -> None:
    settings = template.config["terraform"]["backend"]["s3"]
    assert settings["bucket"] == env.state_backend.bucket
    assert settings["key"] == "sitechat/state/us-east-1/backend.tfstate"
    assert settings["encrypt"] is True
    assert settings["use_lockfile"] is True
    assert "dynamodb_table" not in settings  # the table is what this layer may have to mend


def test_environments_of_one_account_share_one_backend(tmp_path_factory: pytest.TempPathFactory) -> None:
    one, two = (varied(name, account_id="222222222222", protection=True) for name in ("dev", "staging"))
    first, second = synthesised(one, tmp_path_factory), synthesised(two, tmp_path_factory)
    assert first.config["terraform"] == second.config["terraform"]
    assert first.config["provider"] == second.config["provider"]


def test_versioning_and_how_long_old_versions_stay(template: Template) -> None:
    versioning = template.one("aws_s3_bucket_versioning", "state/versioning")
    assert versioning["versioning_configuration"]["status"] == "Enabled"
    rules = template.one("aws_s3_bucket_lifecycle_configuration", "state/expiry")["rule"]
    states = next(rule for rule in rules if rule["filter"] == [{"prefix": ""}])
    assert states["noncurrent_version_expiration"] == [{"noncurrent_days": 45}]
    assert "expiration" not in states


def test_published_bundles_are_gone_after_a_day_with_every_version(template: Template) -> None:
    rules = template.one("aws_s3_bucket_lifecycle_configuration", "state/expiry")["rule"]
    (bundles,) = (rule for rule in rules if rule["filter"] == [{"prefix": f"{PREFIX}/"}])
    assert bundles["expiration"] == [{"days": 1}]
    assert bundles["noncurrent_version_expiration"] == [{"noncurrent_days": 1}]


def test_states_are_encrypted_with_our_key(template: Template) -> None:
    (rule,) = template.one("aws_s3_bucket_server_side_encryption_configuration", "state/encryption")["rule"]
    default = rule["apply_server_side_encryption_by_default"]
    assert default["sse_algorithm"] == "aws:kms"
    assert default["kms_master_key_id"].startswith("${aws_kms_key.")
    assert template.one("aws_kms_key")["enable_key_rotation"] is True


@pytest.mark.parametrize("bucket", ["state", "logs"])
def test_nothing_is_public(template: Template, bucket: str) -> None:
    block = template.one("aws_s3_bucket_public_access_block", f"{bucket}/public_access")
    flags = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    assert [block[flag] for flag in flags] == [True] * 4
    ownership = template.one("aws_s3_bucket_ownership_controls", f"{bucket}/ownership")
    assert ownership["rule"]["object_ownership"] == "BucketOwnerEnforced"


def test_clear_text_and_other_encryption_are_denied(template: Template) -> None:
    statements = template.statements("state/policy_document")
    clear, other = statements["DenyClearText"], statements["DenyOtherEncryption"]
    assert (clear["effect"], other["effect"]) == ("Deny", "Deny")
    assert clear["condition"][0]["variable"] == "aws:SecureTransport"
    assert clear["condition"][0]["values"] == ["false"]
    conditions = {each["test"]: each["values"] for each in other["condition"]}
    assert conditions == {"Null": ["false"], "StringNotEquals": ["aws:kms"]}
    assert other["actions"] == ["s3:PutObject"]


def test_access_is_logged_to_a_bucket_of_its_own(template: Template) -> None:
    logging = template.one("aws_s3_bucket_logging")
    name = template.one("aws_s3_bucket", "logs/bucket")["bucket"]
    assert name == "sitechat-state-logs-222222222222-us-east-1"
    assert logging["target_bucket"].startswith("${aws_s3_bucket.logs_")


def test_the_lock_table(template: Template) -> None:
    table = template.one("aws_dynamodb_table")
    assert table["hash_key"] == "LockID"
    assert table["billing_mode"] == "PAY_PER_REQUEST"
    assert table["point_in_time_recovery"] == {"enabled": True}
    assert table["server_side_encryption"]["enabled"] is True
    assert table["deletion_protection_enabled"] is True


def lifecycles(template: Template) -> dict[str, Any]:
    kinds = ("aws_s3_bucket", "aws_dynamodb_table", "aws_kms_key")
    return {name: body.get("lifecycle") for kind in kinds for name, body in template.all(kind).items()}


def test_terraform_refuses_to_destroy_what_holds_state(template: Template) -> None:
    found = lifecycles(template)
    assert len(found) == 4
    assert set(map(str, found.values())) == {"{'prevent_destroy': True}"}
    assert not any(body.get("force_destroy") for body in template.all("aws_s3_bucket").values())


def test_without_protection_everything_can_be_deleted(unprotected: Template) -> None:
    assert set(lifecycles(unprotected).values()) == {None}
    assert all(body["force_destroy"] for body in unprotected.all("aws_s3_bucket").values())
    assert not unprotected.one("aws_dynamodb_table").get("deletion_protection_enabled")


def test_only_the_environments_account_may_be_touched(template: Template, env: Environment) -> None:
    assert template.config["provider"]["aws"][0]["allowed_account_ids"] == [env.account_id]
