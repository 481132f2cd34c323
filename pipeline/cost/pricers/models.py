"""Bedrock: tokens of the models, and text units that a guardrail assesses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from functools import partial
from typing import TYPE_CHECKING, Literal

from config.rules.ingestion import PASSAGES_PER_PAGE
from pipeline.cost.bedrock import Direction, token_price
from pipeline.cost.context import PricedResource, Pricer, PricingContext
from pipeline.cost.model import Line
from pipeline.cost.usage import CHARACTERS_PER_TOKEN, questions

if TYPE_CHECKING:
    from config import Environment

MILLION = 1_000_000
CHARACTERS_PER_TEXT_UNIT = 1000  # Bedrock pricing
QUESTION_TEXT_UNITS = 1
PASSAGE_TEXT_UNITS = 2

# Guardrail policies that assess question and answer, and the key of each one's price. Word filters are free.
ASSESSING = {
    "content_policy_config": "content",
    "topic_policy_config": "topic",
    "sensitive_information_policy_config": "sensitive",
}


@dataclass(frozen=True)
class Tokens:
    """Tokens of one kind that an environment pays for; their price is that of one direction."""

    what: str
    model: Literal["model_id", "embedding_model_id"]
    direction: Direction
    millions: Callable[[PricingContext], Decimal]

    def model_id(self, env: Environment) -> str:
        """The model or inference profile that these tokens go through."""
        return str(getattr(env.bedrock, self.model))


def _read(context: PricingContext, *, cached: bool) -> Decimal:
    cost = context.env.cost
    percent = cost.cached_tokens_percent if cached else 100 - cost.cached_tokens_percent
    return Decimal(questions(context.env) * cost.input_tokens_per_chat * percent) / 100 / MILLION


def _all_read(context: PricingContext) -> Decimal:
    return Decimal(0) if context.env.cost.cached_tokens_percent else _read(context, cached=False)


def _kept(context: PricingContext) -> Decimal:
    """What isn't read from the cache, where there is one: priced as if it were written to it, which is the most."""
    return _read(context, cached=False) if context.env.cost.cached_tokens_percent else Decimal(0)


def _written(context: PricingContext) -> Decimal:
    cost = context.env.cost
    return Decimal(questions(context.env) * cost.output_tokens_per_chat) / MILLION


TOKENS = (
    Tokens("tokens read", "model_id", "input", _all_read),
    Tokens("tokens read, and kept in the cache", "model_id", "cache_write", _kept),
    Tokens("tokens read from the cache", "model_id", "cache_read", partial(_read, cached=True)),
    Tokens("tokens written", "model_id", "output", _written),
    Tokens("tokens embedded", "embedding_model_id", "input", lambda context: context.assumed.embedded_tokens / MILLION),
)


def price_tokens(tokens: Tokens, resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Tokens of one kind, which belong to no resource: `resource` stands for the model. Raises NoPriceError.

    An unknown model is unpriced even where it is never asked; of the cache, only what is used has to have a price.
    """
    millions = tokens.millions(context)
    cached = context.env.cost.cached_tokens_percent
    if not millions and (
        tokens.direction in ("cache_read", "cache_write") or (cached and tokens.what == "tokens read")
    ):
        return
    price = token_price(context.env, tokens.model_id(context.env), tokens.direction)
    yield Line(resource.layer, (resource.address,), tokens.what, context.usage(millions), price, usage=True)


def price_guardrail(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Text units assessed: policies read question and answer; grounding reads retrieved passages and answer."""
    cost = context.env.cost
    answer = _text_units(cost.output_tokens_per_chat)
    passages = _text_units(cost.input_tokens_per_chat)
    for name, price in ASSESSING.items():
        if resource.body.get(name):
            units = questions(context.env) * (QUESTION_TEXT_UNITS + answer)
            key = f"bedrock.guardrail.{price}"
            yield context.used(resource, f"{price} policy", key, context.usage(Decimal(units) / 1000))
    if context.env.ingestion.check_passages:
        yield from _passages_checked(resource, context)
    if resource.body.get("contextual_grounding_policy_config"):
        units = questions(context.env) * (passages + answer)
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
