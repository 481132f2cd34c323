from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from constructs_lib.bedrock.guardrail import DeniedTopic, Guardrail, GuardrailPolicy
from tests.support.synthesised import Resource, template

KEY = "arn:aws:kms:us-east-1:111111111111:key/1"


def _build(policy: GuardrailPolicy | None) -> tuple[Resource, Resource]:
    """The guardrail and its version for a policy."""
    config = template(lambda scope: Guardrail(scope, "guardrail", name="chat", kms_key_arn=KEY, policy=policy))
    return config.one("aws_bedrock_guardrail"), config.one("aws_bedrock_guardrail_version")


@pytest.fixture(scope="module")
def default() -> Resource:
    return _build(None)[0]


def test_prompt_attacks_are_looked_for_in_questions_alone(default: Resource) -> None:
    filters = {one["type"]: one for one in default["content_policy_config"][0]["filters_config"]}
    assert filters["PROMPT_ATTACK"] == {"type": "PROMPT_ATTACK", "input_strength": "HIGH", "output_strength": "NONE"}


@pytest.mark.parametrize("kind", ["HATE", "INSULTS", "MISCONDUCT", "SEXUAL", "VIOLENCE"])
def test_harm_is_filtered_both_ways(default: Resource, kind: str) -> None:
    filters = {one["type"]: one for one in default["content_policy_config"][0]["filters_config"]}
    assert filters[kind]["input_strength"] in ("MEDIUM", "HIGH")
    assert filters[kind]["output_strength"] in ("MEDIUM", "HIGH")


@pytest.mark.parametrize("kind", ["AWS_ACCESS_KEY", "AWS_SECRET_KEY", "PASSWORD", "CREDIT_DEBIT_CARD_NUMBER"])
def test_secrets_block(default: Resource, kind: str) -> None:
    assert {"type": kind, "action": "BLOCK"} in _pii(default)


@pytest.mark.parametrize("kind", ["EMAIL", "NAME", "PHONE"])
def test_people_are_masked(default: Resource, kind: str) -> None:
    assert {"type": kind, "action": "ANONYMIZE"} in _pii(default)


def test_what_the_site_publishes_is_left_as_it_is_by_decision() -> None:
    guardrail, _ = _build(GuardrailPolicy(masked_pii=("NAME",)))
    actions = {each["type"]: each["action"] for each in _pii(guardrail)}
    assert (actions["EMAIL"], actions["NAME"], actions["PHONE"]) == ("NONE", "ANONYMIZE", "NONE")


def test_answers_need_grounds(default: Resource) -> None:
    assert default["contextual_grounding_policy_config"][0]["filters_config"] == [
        {"type": "GROUNDING", "threshold": 0.7},
        {"type": "RELEVANCE", "threshold": 0.5},
    ]


def test_profanity_is_blocked_without_words_of_ones_own(default: Resource) -> None:
    assert default["word_policy_config"] == [{"managed_word_lists_config": [{"type": "PROFANITY"}]}]


def test_the_guardrail_is_under_the_customer_key(default: Resource) -> None:
    assert default["kms_key_arn"] == KEY


def test_no_topics_no_topic_policy(default: Resource) -> None:
    assert "topic_policy_config" not in default


def test_topics_are_denied() -> None:
    topics = (DeniedTopic("Advice", "Legal advice.", ("May I sue?",)), DeniedTopic("Rivals", "Other shops."))
    guardrail, _ = _build(GuardrailPolicy(topics=topics))
    assert guardrail["topic_policy_config"][0]["topics_config"] == [
        {"name": "Advice", "definition": "Legal advice.", "examples": ["May I sue?"], "type": "DENY"},
        {"name": "Rivals", "definition": "Other shops.", "type": "DENY"},
    ]


def test_words_are_blocked() -> None:
    guardrail, _ = _build(GuardrailPolicy(words=("foo", "bar")))
    assert guardrail["word_policy_config"][0]["words_config"] == [{"text": "foo"}, {"text": "bar"}]


def test_the_version_outlives_its_successor() -> None:
    _, version = _build(None)
    assert version["skip_destroy"] is True
    assert version["guardrail_arn"].startswith("${aws_bedrock_guardrail.")


@pytest.mark.parametrize(
    "change",
    [
        {"words": ("foo",)},
        {"topics": (DeniedTopic("T", "D"),)},
        {"grounding_threshold": 0.8},
        {"filters": (("HATE", "LOW"),)},
        {"masked_pii": ()},
        {"blocked_answer": "No."},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_policy_publishes_a_version(change: dict[str, Any]) -> None:
    _, before = _build(None)
    _, after = _build(replace(GuardrailPolicy(), **change))
    assert before["description"] != after["description"]


def test_the_same_policy_publishes_nothing() -> None:
    assert _build(None)[1] == _build(GuardrailPolicy())[1]


def _pii(guardrail: Resource) -> list[dict[str, str]]:
    entities: list[dict[str, str]] = guardrail["sensitive_information_policy_config"][0]["pii_entities_config"]
    return entities
