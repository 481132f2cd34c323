from __future__ import annotations

import pytest

from constructs_lib.audit.account_settings import AccountSettings
from tests.support.synthesised import Template, template


@pytest.fixture(scope="module")
def stack() -> Template:
    return template(lambda scope: AccountSettings(scope, "settings", account_id="123456789012"))


def test_passwords_are_long_mixed_new_and_not_old(stack: Template) -> None:
    body = stack.one("aws_iam_account_password_policy")
    numbers = ("minimum_password_length", "password_reuse_prevention", "max_password_age")
    assert [body[key] for key in numbers] == [14, 24, 90]
    kinds = ("lowercase_characters", "uppercase_characters", "numbers", "symbols")
    assert [kind for kind in kinds if body[f"require_{kind}"] is not True] == []
    assert body["allow_users_to_change_password"] is True


def test_no_bucket_of_the_account_can_be_public(stack: Template) -> None:
    body = stack.one("aws_s3_account_public_access_block")
    assert body["account_id"] == "123456789012"
    blocked = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    assert [key for key in blocked if body[key] is not True] == []


def test_new_disks_are_encrypted(stack: Template) -> None:
    assert stack.one("aws_ebs_encryption_by_default")["enabled"] is True
