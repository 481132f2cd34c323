"""CloudFront, Route 53 and the web firewall (WAF)."""

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


def price_web_acl(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """The web ACL, its rules (an AWS managed rule group counts as one) and the requests inspected."""
    requests = Decimal(context.env.cost.requests_per_month) / 1_000_000
    yield context.fixed(resource, "web ACL", "waf.acl")
    yield context.fixed(resource, "rules", "waf.rule", len(resource.body["rule"]))
    yield context.used(resource, "requests inspected", "waf.requests", context.usage(requests))


PRICERS: dict[str, Pricer] = {
    "aws_cloudfront_distribution": price_distribution,
    "aws_route53_zone": price_zone,
    "aws_wafv2_web_acl": price_web_acl,
}
