"""Bedrock: tokens of the models, and text units that a guardrail assesses."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

from config.rules.ingestion import PASSAGES_PER_PAGE
from config.sections.bedrock import PROFILE_PREFIXES
from pipeline.cost.context import PricedResource, Pricer, PricingContext
from pipeline.cost.model import MODEL, Line

MILLION = 1_000_000
CHARACTERS_PER_TOKEN = 4  # English text, roughly
CHARACTERS_PER_TEXT_UNIT = 1000  # Bedrock pricing
QUESTION_TEXT_UNITS = 1
PASSAGE_TEXT_UNITS = 2

# Guardrail policies that assess question and answer, and the key of each one's price. Word filters are free.
ASSESSING = {
    "content_policy_config": "content",
    "topic_policy_config": "topic",
    "sensitive_information_policy_config": "sensitive",
}


def price_tokens(layer: str, context: PricingContext) -> Iterator[Line]:
    """Tokens of the environment's models, which belong to no resource. An inference profile has its model's price."""
    bedrock, cost = context.env.bedrock, context.env.cost
    for model, what, direction, count in (
        (bedrock.model_id, "tokens read", "input", cost.chats_per_month * cost.input_tokens_per_chat),
        (bedrock.model_id, "tokens written", "output", cost.chats_per_month * cost.output_tokens_per_chat),
        (bedrock.embedding_model_id, "tokens embedded", "input", cost.embedded_tokens_per_month),
    ):
        resource = PricedResource(layer, MODEL, model, {})
        key = f"bedrock.{base_model(model)}.{direction}"
        yield context.used(resource, what, key, context.usage(Decimal(count) / MILLION))


def base_model(model_id: str) -> str:
    """The model id without the prefix of an inference profile."""
    prefix, _, rest = model_id.partition(".")
    return rest if prefix in PROFILE_PREFIXES else model_id


def price_guardrail(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Text units assessed: policies read question and answer; grounding reads retrieved passages and answer."""
    cost = context.env.cost
    answer = _text_units(cost.output_tokens_per_chat)
    passages = _text_units(cost.input_tokens_per_chat)
    for name, price in ASSESSING.items():
        if resource.body.get(name):
            units = cost.chats_per_month * (QUESTION_TEXT_UNITS + answer)
            key = f"bedrock.guardrail.{price}"
            yield context.used(resource, f"{price} policy", key, context.usage(Decimal(units) / 1000))
    if context.env.ingestion.check_passages:
        yield from _passages_checked(resource, context)
    if resource.body.get("contextual_grounding_policy_config"):
        units = cost.chats_per_month * (passages + answer)
        grounding = context.usage(Decimal(units) / 1000)
        yield context.used(resource, "grounding policy", "bedrock.guardrail.grounding", grounding)


def _passages_checked(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Passages of new and changed pages: ApplyGuardrail assesses every policy but grounding."""
    units = Decimal(context.env.cost.changed_pages_per_month * PASSAGES_PER_PAGE * PASSAGE_TEXT_UNITS) / 1000
    for name, price in ASSESSING.items():
        if resource.body.get(name):
            key = f"bedrock.guardrail.{price}"
            yield context.used(resource, f"{price} policy, passages", key, context.usage(units))


def _text_units(tokens: int) -> int:
    units = Decimal(tokens * CHARACTERS_PER_TOKEN) / CHARACTERS_PER_TEXT_UNIT
    return int(units.to_integral_value(ROUND_CEILING))


PRICERS: dict[str, Pricer] = {"aws_bedrock_guardrail": price_guardrail}
