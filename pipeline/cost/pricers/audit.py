"""What watches the account: CloudTrail, GuardDuty, Security Hub, Config, Inspector, Access Analyzer.

They are charged for the whole account; an environment that adopts another one's doesn't build them.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from pipeline.cost.context import PricedResource, Pricer, PricingContext
from pipeline.cost.model import Line
from pipeline.cost.table import NoPriceError

# An account that holds one environment and is deployed to daily. Compare with the first bill.
CONFIGURATION_ITEMS, EVALUATIONS_PER_RULE = 500, 100
SECURITY_CHECKS = 3000
IMAGES_PUSHED, RESCANS_PER_IMAGE = 8, 4
S3_EVENTS_PER_REQUEST = 1


def trail(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Management events are free once; events of data aren't, and nobody knows how many there are."""
    for selector in ("event_selector", "advanced_event_selector", "insight_selector"):
        if resource.body.get(selector):
            raise NoPriceError(f"events of {selector} are charged by their number, which is not assumed anywhere")
    yield from ()


def detector(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """CloudTrail events, and the traffic GuardDuty reads itself, whether flow logs are on or not."""
    cost = context.env.cost
    if resource.body.get("enable", True):
        events = context.usage(Decimal(cost.account_events) / 1_000_000)
        yield context.used(resource, "CloudTrail events read", "guardduty.events", events)
        traffic = context.usage(Decimal(cost.flow_log_mib) / 1024)
        yield context.used(resource, "traffic logs read", "guardduty.flows", traffic)


def detector_feature(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """S3 events follow the requests; the traffic of functions is part of the detector's."""
    if resource.body["status"] != "ENABLED" or resource.body["name"] == "LAMBDA_NETWORK_LOGS":
        return
    if resource.body["name"] != "S3_DATA_EVENTS":
        raise NoPriceError(f"the table has no price for GuardDuty's {resource.body['name']}")
    events = Decimal(context.env.cost.requests_per_month * S3_EVENTS_PER_REQUEST) / 1_000_000
    yield context.used(resource, "S3 events read", "guardduty.s3", context.usage(events))


def hub(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    yield context.used(resource, "security checks", "securityhub.checks", context.usage(SECURITY_CHECKS))


def recorder(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    yield context.used(resource, "changes recorded", "config.items", context.usage(CONFIGURATION_ITEMS))


def rule(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    yield context.used(resource, "evaluations", "config.evaluations", context.usage(EVALUATIONS_PER_RULE))


def inspector(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Images in the registry: once when pushed, and again whenever a new vulnerability is known."""
    for kind in resource.body["resource_types"]:
        if kind != "ECR":
            raise NoPriceError(f"the table has no price for Inspector's scans of {kind}")
    rescans = context.env.image.keep_images * RESCANS_PER_IMAGE
    yield context.used(resource, "images scanned on push", "inspector.scan", context.usage(IMAGES_PUSHED))
    yield context.used(resource, "images scanned again", "inspector.rescan", context.usage(rescans))


def analyzer(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    if resource.body.get("type", "ACCOUNT") not in ("ACCOUNT", "ORGANIZATION"):
        raise NoPriceError(f"the table has no price for an analyzer of type {resource.body['type']}")
    yield from ()


PRICERS: dict[str, Pricer] = {
    "aws_accessanalyzer_analyzer": analyzer,
    "aws_cloudtrail": trail,
    "aws_config_config_rule": rule,
    "aws_config_configuration_recorder": recorder,
    "aws_guardduty_detector": detector,
    "aws_guardduty_detector_feature": detector_feature,
    "aws_inspector2_enabler": inspector,
    "aws_securityhub_account": hub,
}
