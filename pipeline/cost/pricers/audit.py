"""Account-wide security services: CloudTrail, GuardDuty, Security Hub, Config, Inspector, Access Analyzer.

They are charged for the whole account; an environment that adopts existing ones doesn't build them.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from pipeline.cost.context import PricedResource, Pricer, PricingContext
from pipeline.cost.model import Line
from pipeline.cost.pricers.storage import s3_requests
from pipeline.cost.table import NoPriceError
from pipeline.cost.usage import CONFIGURATION_ITEMS

# Assumed for an account with one environment and a deployment a day. Compare with the first bill.
EVALUATIONS_PER_RULE = 100
SECURITY_CHECKS = 3000
IMAGES_PUSHED, RESCANS_PER_IMAGE = 8, 4


def price_trail(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """The first copy of management events is free. Other events have no price here: their number is not assumed."""
    for selector in ("event_selector", "advanced_event_selector", "insight_selector"):
        if resource.body.get(selector):
            raise NoPriceError(f"events of {selector} are charged by their number, which is not assumed anywhere")
    if context.of_type("aws_cloudtrail")[0] != resource:
        raise NoPriceError("only the first copy of events is free, and this is another trail")
    yield from ()


def price_detector(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """CloudTrail events, and traffic logs, which GuardDuty reads whether flow logs are on or not."""
    cost = context.env.cost
    if resource.body.get("enable", True):
        events = context.usage(Decimal(cost.account_events) / 1_000_000)
        yield context.used(resource, "CloudTrail events read", "guardduty.events", events)
        traffic = context.usage(context.assumed.flow_log_mib / 1024)
        yield context.used(resource, "traffic logs read", "guardduty.flows", traffic)


def price_detector_feature(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """S3 events: requests of logs and of ingestion. Lambda traffic logs are part of the detector's price."""
    if resource.body["status"] == "DISABLED" or resource.body["name"] == "LAMBDA_NETWORK_LOGS":
        return
    if resource.body["name"] != "S3_DATA_EVENTS":
        raise NoPriceError(f"the table has no price for GuardDuty's {resource.body['name']}")
    events = s3_requests(context) / 1_000_000
    yield context.used(resource, "S3 events read", "guardduty.s3", context.usage(events))


def price_hub(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Security checks."""
    yield context.used(resource, "security checks", "securityhub.checks", context.usage(SECURITY_CHECKS))


def price_recorder(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Configuration items recorded."""
    yield context.used(resource, "changes recorded", "config.items", context.usage(CONFIGURATION_ITEMS))


def price_rule(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Evaluations of a Config rule."""
    yield context.used(resource, "evaluations", "config.evaluations", context.usage(EVALUATIONS_PER_RULE))


def price_inspector(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Scans of registry images, one on push and one for each new vulnerability, and functions, each by the month."""
    kinds = resource.body["resource_types"]
    for kind in kinds:
        if kind not in ("ECR", "LAMBDA"):
            raise NoPriceError(f"the table has no price for Inspector's scans of {kind}")
    if "ECR" in kinds:
        rescans = context.env.image.keep_images * RESCANS_PER_IMAGE
        yield context.used(resource, "images scanned on push", "inspector.scan", context.usage(IMAGES_PUSHED))
        yield context.used(resource, "images scanned again", "inspector.rescan", context.usage(rescans))
    functions = len(context.of_type("aws_lambda_function"))
    if "LAMBDA" in kinds and functions:
        yield context.fixed(resource, "functions scanned", "inspector.function", functions)


def price_analyzer(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Analysis of external access is free; other types of analyzer have no price here."""
    if resource.body.get("type", "ACCOUNT") not in ("ACCOUNT", "ORGANIZATION"):
        raise NoPriceError(f"the table has no price for an analyzer of type {resource.body['type']}")
    yield from ()


PRICERS: dict[str, Pricer] = {
    "aws_accessanalyzer_analyzer": price_analyzer,
    "aws_cloudtrail": price_trail,
    "aws_config_config_rule": price_rule,
    "aws_config_configuration_recorder": price_recorder,
    "aws_guardduty_detector": price_detector,
    "aws_guardduty_detector_feature": price_detector_feature,
    "aws_inspector2_enabler": price_inspector,
    "aws_securityhub_account": price_hub,
}
