from __future__ import annotations

import pytest
from constructs import Construct

from config.place import Place
from constructs_lib.search.logs import DomainLogs
from tests.support.synthesised import Template, template

DOMAIN = "arn:aws:es:us-east-1:111111111111:domain/sitechat-dev-search"


def _build(scope: Construct, *, protected: bool = True) -> None:
    logs = DomainLogs(
        scope,
        "logs",
        name_prefix="/sitechat/dev/search",
        policy_name="sitechat-dev-search-logs",
        domain_arn=DOMAIN,
        place=Place("111111111111", "us-east-1", "aws"),
        kms_key_arn="arn:aws:kms:us-east-1:111111111111:key/1",
        retention_days=30,
        audit_retention_days=365,
        protected=protected,
    )
    assert set(logs.arns) == {"AUDIT_LOGS", "INDEX_SLOW_LOGS", "SEARCH_SLOW_LOGS", "ES_APPLICATION_LOGS"}


@pytest.fixture(scope="module")
def config() -> Template:
    return template(_build)


def test_each_log_has_an_encrypted_group(config: Template) -> None:
    groups = config.all("aws_cloudwatch_log_group").values()
    assert {group["name"] for group in groups} == {
        f"/sitechat/dev/search/{name}" for name in ("audit", "index-slow", "search-slow", "application")
    }
    assert all(group["kms_key_id"].endswith(":key/1") for group in groups)


def test_the_audit_log_is_kept_longer_and_protected(config: Template) -> None:
    groups = {group["name"].rsplit("/", 1)[1]: group for group in config.all("aws_cloudwatch_log_group").values()}
    audit = groups.pop("audit")
    assert (audit["retention_in_days"], audit["lifecycle"]) == (365, {"prevent_destroy": True})
    assert {group["retention_in_days"] for group in groups.values()} == {30}
    assert not [name for name, group in groups.items() if "lifecycle" in group]


def test_protection_can_be_taken_off() -> None:
    config = template(lambda scope: _build(scope, protected=False))
    groups = config.all("aws_cloudwatch_log_group").values()
    assert not [group for group in groups if "lifecycle" in group]


def test_one_policy_lets_this_domain_write_to_all_four(config: Template) -> None:
    assert len(config.all("aws_cloudwatch_log_resource_policy")) == 1
    statement = config.statements("policy_document")["DomainWrites"]
    assert statement["actions"] == ["logs:PutLogEvents", "logs:PutLogEventsBatch", "logs:CreateLogStream"]
    assert statement["principals"] == [{"type": "Service", "identifiers": ["es.amazonaws.com"]}]
    names = [group["name"] for group in config.all("aws_cloudwatch_log_group").values()]
    expected = {f"arn:aws:logs:us-east-1:111111111111:log-group:{name}:*" for name in names}
    assert (len(expected), set(statement["resources"])) == (4, expected)
    assert {(one["variable"], one["values"][0]) for one in statement["condition"]} == {
        ("aws:SourceAccount", "111111111111"),
        ("aws:SourceArn", DOMAIN),
    }
