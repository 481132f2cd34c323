"""CloudFront, Route 53 and the web firewall (WAF)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.cost.context import PricedResource, Pricer, PricingContext
from pipeline.cost.model import Line
from pipeline.cost.table import NoPriceError
from terraform_json.blocks import listed

# Rule groups of AWS that are charged like one rule (WAF pricing). Bot Control and Fraud Control (ATP, ACFP) have prices
# of their own.
PLAIN_RULE_GROUPS = frozenset(
    f"AWSManagedRules{name}"
    for name in (
        *("CommonRuleSet", "AdminProtectionRuleSet", "KnownBadInputsRuleSet", "SQLiRuleSet", "LinuxRuleSet"),
        *("UnixRuleSet", "WindowsRuleSet", "PHPRuleSet", "WordPressRuleSet", "AmazonIpReputationList"),
        "AnonymousIpList",
    )
)


def price_distribution(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Requests and transfer at North America's prices; transfer from the load balancer to CloudFront is free."""
    requests = context.assumed.requests / 10_000
    yield context.used(resource, "HTTPS requests", "cloudfront.requests", context.usage(requests))
    yield context.used(resource, "data to visitors", "cloudfront.out", context.usage(context.assumed.transfer_out_gb))


def price_zone(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """The hosted zone."""
    yield context.fixed(resource, "hosted zone", "route53.zone")


def price_web_acl(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """The web ACL, its rules (an AWS managed rule group counts as one) and the requests inspected."""
    if not isinstance(resource.body["rule"], list):
        raise NoPriceError("its rules aren't a list")
    for name in _rule_groups(resource.body["rule"]):
        if name not in PLAIN_RULE_GROUPS:
            raise NoPriceError(f"it has the rule group {name}, which is charged by the month and the request")
    requests = context.assumed.requests / 1_000_000
    yield context.fixed(resource, "web ACL", "waf.acl")
    yield context.fixed(resource, "rules", "waf.rule", len(resource.body["rule"]))
    yield context.used(resource, "requests inspected", "waf.requests", context.usage(requests))


def _rule_groups(value: Any) -> Iterator[str]:
    """Names of managed rule groups, wherever they stand."""
    for item in value.values() if isinstance(value, Mapping) else value:
        if isinstance(item, Mapping) and "managed_rule_group_statement" in item:
            yield from (str(block["name"]) for block in listed(item["managed_rule_group_statement"]))
        if isinstance(item, (Mapping, list)):
            yield from _rule_groups(item)


PRICERS: dict[str, Pricer] = {
    "aws_cloudfront_distribution": price_distribution,
    "aws_route53_zone": price_zone,
    "aws_wafv2_web_acl": price_web_acl,
}
