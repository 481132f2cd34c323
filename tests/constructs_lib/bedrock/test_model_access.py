from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from constructs import Construct

from config.place import Place
from constructs_lib.bedrock.access import BedrockModel
from constructs_lib.bedrock.guardrail import Guardrail
from constructs_lib.bedrock.model_access import ModelAccess
from tests.support.synthesised import Template, template

KEY = "arn:aws:kms:us-east-1:111111111111:key/1"
Statements = Mapping[str, Mapping[str, Any]]
MODEL = "arn:aws:bedrock:us-east-1::foundation-model/"


def _build(scope: Construct, *, guarded: bool) -> None:
    ModelAccess(
        scope,
        "models",
        role_name="task",
        model=BedrockModel("amazon.nova-lite-v1:0"),
        embedding_model=BedrockModel("amazon.titan-embed-text-v2:0"),
        destination_regions=(),
        place=Place("111111111111", "us-east-1", "aws"),
        guardrail=Guardrail(scope, "guardrail", name="chat", kms_key_arn=KEY) if guarded else None,
        kms_key_arn=KEY,
    )


@pytest.fixture(scope="module")
def guarded() -> Template:
    return template(lambda scope: _build(scope, guarded=True))


@pytest.fixture(scope="module")
def statements(guarded: Template) -> Statements:
    return guarded.statements("model_access_document")


def test_the_policy_is_the_roles(guarded: Template) -> None:
    policy = guarded.one("aws_iam_role_policy")
    assert (policy["role"], policy["name"]) == ("task", "model-access")


def test_generation_needs_the_guardrail(statements: Statements) -> None:
    (condition,) = statements["Generate"]["condition"]
    assert (condition["test"], condition["variable"]) == ("StringLike", "bedrock:GuardrailIdentifier")
    assert condition["values"][0].endswith(".guardrail_arn}:*")
    assert statements["Generate"]["resources"] == [f"{MODEL}amazon.nova-lite-v1:0"]


def test_embedding_knows_no_guardrail(statements: Statements) -> None:
    assert "condition" not in statements["Embed"]
    assert statements["Embed"]["resources"] == [f"{MODEL}amazon.titan-embed-text-v2:0"]


def test_embedding_does_not_stream(statements: Statements) -> None:
    assert statements["Embed"]["actions"] == ["bedrock:InvokeModel"]
    assert "bedrock:InvokeModelWithResponseStream" in statements["Generate"]["actions"]


def test_without_the_guardrail_generation_is_denied(statements: Statements) -> None:
    denied = statements["NeverWithoutGuardrail"]
    assert denied["effect"] == "Deny"
    assert denied["condition"][0]["test"] == "StringNotLike"
    assert denied["resources"] == ["arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0"]


def test_nothing_is_granted_on_everything(statements: Statements) -> None:
    allowing = [statement for statement in statements.values() if statement["effect"] == "Allow"]
    resources = [arn for statement in allowing for arn in statement["resources"]]
    assert not [arn for arn in resources if "*" in arn]


def test_without_a_guardrail_nothing_speaks_of_one() -> None:
    statements = template(lambda scope: _build(scope, guarded=False)).statements("model_access_document")
    assert set(statements) == {"Generate", "Embed"}
    assert "condition" not in statements["Generate"]
