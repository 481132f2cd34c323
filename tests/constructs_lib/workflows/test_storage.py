from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.workflows.storage import IngestionStorage
from tests.constructs_lib.workflows.samples import KEY, PLACES
from tests.support.synthesised import Resource, Template, template


def build(**changes: Any) -> Template:
    return template(
        lambda scope: IngestionStorage(scope, "storage", places=PLACES, access_logs_bucket="logs", **changes)
    )


@pytest.fixture(scope="module")
def config() -> Template:
    return build()


@pytest.fixture(scope="module")
def table(config: Template) -> Resource:
    return config.one("aws_dynamodb_table")


def test_fetched_pages_and_lists_go_and_passages_stay(config: Template) -> None:
    rules = config.one("aws_s3_bucket_lifecycle_configuration")["rule"]
    days = {rule["filter"][0]["prefix"]: [each["days"] for each in rule.get("expiration", [])] for rule in rules}
    assert days == {"": [], "fetched/": [3], "runs/": [30]}


def test_the_bucket_is_logged_and_under_the_key(config: Template) -> None:
    assert config.one("aws_s3_bucket_logging")["target_bucket"] == "logs"
    (rule,) = config.one("aws_s3_bucket_server_side_encryption_configuration")["rule"]
    assert rule["apply_server_side_encryption_by_default"]["kms_master_key_id"] == KEY


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("name", "ledger"),
        ("billing_mode", "PAY_PER_REQUEST"),
        ("hash_key", "source"),
        ("range_key", "page"),
        ("ttl", {"attribute_name": "expires", "enabled": True}),
        ("server_side_encryption", {"enabled": True, "kms_key_arn": KEY}),
        ("point_in_time_recovery", {"enabled": True}),
        ("deletion_protection_enabled", True),
        ("lifecycle", {"prevent_destroy": True}),
    ],
)
def test_the_ledger(table: Resource, attribute: str, value: object) -> None:
    assert table[attribute] == value


def test_without_protection_both_go() -> None:
    config = build(protected=False)
    assert config.one("aws_dynamodb_table")["deletion_protection_enabled"] is False
    assert "lifecycle" not in config.one("aws_dynamodb_table")
    assert config.one("aws_s3_bucket")["force_destroy"] is True
