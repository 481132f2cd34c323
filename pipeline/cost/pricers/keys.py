"""KMS keys and secrets."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from pipeline.cost.context import PricedResource, Pricer, PricingContext
from pipeline.cost.model import Line
from pipeline.cost.usage import KEY_USES_PER_CHAT, KEY_USES_PER_LOG_GROUP, KEY_USES_PER_PAGE, questions


def price_key(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """The key, and an equal share of the uses by questions, pages of ingestion and encrypted log groups."""
    cost = context.env.cost
    groups = sum(1 for each in context.of_type("aws_cloudwatch_log_group") if each.body.get("kms_key_id"))
    uses = questions(context.env) * KEY_USES_PER_CHAT + cost.ingested_pages_per_month * KEY_USES_PER_PAGE
    share = Decimal(uses + groups * KEY_USES_PER_LOG_GROUP) / 10_000 / len(context.of_type(resource.type))
    yield context.fixed(resource, "customer managed key", "kms.key")
    yield context.used(resource, "uses of the key", "kms.requests", context.usage(share))


def price_secret(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """The secret."""
    yield context.fixed(resource, "secret", "secrets.secret")


PRICERS: dict[str, Pricer] = {"aws_kms_key": price_key, "aws_secretsmanager_secret": price_secret}
