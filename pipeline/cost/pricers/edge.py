"""CloudFront and Route 53."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from pipeline.cost.context import PricedResource, Pricer, PricingContext
from pipeline.cost.model import Line


def price_distribution(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Requests and transfer at North America's prices; transfer from the load balancer to CloudFront is free."""
    cost = context.env.cost
    requests = Decimal(cost.requests_per_month) / 10_000
    yield context.used(resource, "HTTPS requests", "cloudfront.requests", context.usage(requests))
    yield context.used(resource, "data to visitors", "cloudfront.out", context.usage(cost.transfer_out_gb))


def price_zone(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """The hosted zone."""
    yield context.fixed(resource, "hosted zone", "route53.zone")


PRICERS: dict[str, Pricer] = {"aws_cloudfront_distribution": price_distribution, "aws_route53_zone": price_zone}
