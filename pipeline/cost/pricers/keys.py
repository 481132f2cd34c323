"""KMS keys and secrets."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from pipeline.cost.context import PricedResource, Pricer, PricingContext
from pipeline.cost.model import Line


def price_key(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """The key, and an equal share of one KMS use per site request: logs and buckets are encrypted in batches."""
    uses = Decimal(context.env.cost.requests_per_month) / 10_000 / len(context.of_type(resource.type))
    yield context.fixed(resource, "customer managed key", "kms.key")
    yield context.used(resource, "uses of the key", "kms.requests", context.usage(uses))


def price_secret(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """The secret."""
    yield context.fixed(resource, "secret", "secrets.secret")


PRICERS: dict[str, Pricer] = {"aws_kms_key": price_key, "aws_secretsmanager_secret": price_secret}
