from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.identity.policy import Statement, from_account, policy_document
from tests.support.synthesised import template


def _rendered(*statements: Statement) -> list[dict[str, Any]]:
    config = template(lambda scope: policy_document(scope, "document", *statements)).config
    (document,) = config["data"]["aws_iam_policy_document"].values()
    rendered: list[dict[str, Any]] = document["statement"]
    return rendered


def test_a_minimal_statement_allows_and_leaves_the_rest_out() -> None:
    assert _rendered(Statement(sid="Read", actions=("s3:GetObject",), resources=("arn:of:bucket/*",))) == [
        {"sid": "Read", "effect": "Allow", "actions": ["s3:GetObject"], "resources": ["arn:of:bucket/*"]}
    ]


def test_principals_and_conditions_keep_their_keys() -> None:
    (statement,) = _rendered(
        Statement(
            sid="Trust",
            actions=("sts:AssumeRole",),
            principals={"Service": ("a.amazonaws.com", "b.amazonaws.com"), "AWS": ("arn:of:role",)},
            conditions=(from_account("111111111111"), ("ArnLike", "aws:SourceArn", ("arn:1", "arn:2"))),
        )
    )
    assert statement["principals"] == [
        {"type": "Service", "identifiers": ["a.amazonaws.com", "b.amazonaws.com"]},
        {"type": "AWS", "identifiers": ["arn:of:role"]},
    ]
    assert statement["condition"] == [
        {"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["111111111111"]},
        {"test": "ArnLike", "variable": "aws:SourceArn", "values": ["arn:1", "arn:2"]},
    ]
    assert "resources" not in statement


def test_a_statement_can_deny_and_order_is_kept() -> None:
    allow = Statement(sid="One", actions=("a:A",), resources=("r",))
    deny = Statement(sid="Two", actions=("a:B",), resources=("r",), effect="Deny")
    assert [(each["sid"], each["effect"]) for each in _rendered(allow, deny)] == [("One", "Allow"), ("Two", "Deny")]


def test_the_policy_is_a_reference_to_its_document() -> None:
    policies: list[str] = []
    statement = Statement(sid="Read", actions=("s3:GetObject",), resources=("r",))
    template(lambda scope: policies.append(policy_document(scope, "document", statement)))
    assert policies[0].startswith("${")


def test_a_statement_cannot_be_changed_afterwards() -> None:
    statement = Statement(sid="Read", actions=("s3:GetObject",))
    with pytest.raises(AttributeError):
        statement.effect = "Deny"  # type: ignore[misc]
