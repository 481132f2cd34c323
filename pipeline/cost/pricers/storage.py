"""Buckets and the image registry."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from pipeline.cost.context import PricedResource, Pricer, PricingContext
from pipeline.cost.model import Line

# Every bucket that grows keeps access logs: about 1 KiB a request for the audit retention, in files that
# are written every five minutes by two sources (ALB nodes, CloudFront, S3 itself).
KIB_PER_REQUEST = 1
FILES_PER_MONTH = 2 * 12 * 730
KIB_PER_GB = 1024 * 1024
DAYS_PER_MONTH = 30


def bucket(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Nothing for a bucket whose objects are part of the environment: they are a few kilobytes that stay the same."""
    if any(f"aws_s3_bucket.{resource.name}." in str(each.body["bucket"]) for each in context.of_type("aws_s3_object")):
        return
    env = context.env
    months = Decimal(env.logs.audit_retention_days) / DAYS_PER_MONTH
    stored = Decimal(env.cost.requests_per_month * KIB_PER_REQUEST) / KIB_PER_GB * months
    yield context.used(resource, "access logs kept", "s3.storage", context.usage(stored))
    yield context.used(resource, "log files written", "s3.put", context.usage(Decimal(FILES_PER_MONTH) / 1000))


def repository(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """As many images as are kept. Images share layers, so that this is the most."""
    gigabytes = Decimal(context.env.image.keep_images * context.env.cost.image_mib) / 1024
    yield context.used(resource, "images kept", "ecr.storage", context.usage(gigabytes).most(gigabytes))


PRICERS: dict[str, Pricer] = {"aws_s3_bucket": bucket, "aws_ecr_repository": repository}
