"""What tells of each vulnerability once; its runs are in tests/local_aws/test_vulnerability_news.py."""

from __future__ import annotations

import json
from typing import Any

import pytest

from config.place import Place
from constructs_lib.audit.vulnerabilities import NewsNames, VulnerabilityNews, told_once
from policies.states_language import faults
from tests.support.synthesised import Template, template

ACCOUNT = "123456789012"
PLACE = Place(ACCOUNT, "us-east-1", "aws")
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:news"
NAMES = NewsNames("told", "news", "/news", "news-role", "news-rule")


@pytest.fixture(scope="module")
def stack() -> Template:
    def add(scope: Any) -> None:
        VulnerabilityNews(
            scope,
            "news",
            names=NAMES,
            place=PLACE,
            topic_arn=TOPIC,
            topic_name="news",
            kms_key_arn="arn:of:key",
            log_retention_days=30,
        )

    return template(add)


def test_the_definition_is_one_that_step_functions_takes(stack: Template) -> None:
    body = stack.one("aws_sfn_state_machine")
    assert faults(body["definition"]) == []
    assert json.loads(body["definition"]) == told_once("told", TOPIC)


def test_the_table_is_kept_under_the_key(stack: Template) -> None:
    table = stack.one("aws_dynamodb_table")
    assert (table["hash_key"], table["range_key"]) == ("finding", "vulnerability")
    assert table["server_side_encryption"] == {"enabled": True, "kms_key_arn": "arn:of:key"}
    assert (table["deletion_protection_enabled"], table["lifecycle"]) == (True, {"prevent_destroy": True})


def test_the_machine_may_remember_tell_and_nothing_else(stack: Template) -> None:
    given = {sid: each["resources"] for sid, each in stack.statements("role/access_document").items()}
    assert given["RememberFindings"] == [f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/told"]
    assert given["Publish"] == [TOPIC]
    assert set(given) == {"RememberFindings", "OpenTable", "Publish", "EncryptForSns", "DeliverLogs", "Trace"}


def test_a_rule_may_start_this_machine(stack: Template) -> None:
    (statement,) = stack.statements("starts/access_document").values()
    assert statement["actions"] == ["states:StartExecution"]
    assert statement["resources"] == [f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:news"]
