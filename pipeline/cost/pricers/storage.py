"""Buckets and the image registry."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from pipeline.cost.context import PricedResource, Pricer, PricingContext
from pipeline.cost.model import Line

# Every bucket that grows holds access logs: about 1 KiB a request, kept for the audit retention, in files that
# two sources (ALB nodes, CloudFront or S3 itself) write every five minutes.
KIB_PER_REQUEST = 1
FILES_PER_MONTH = 2 * 12 * 730
KIB_PER_GB = 1024 * 1024
DAYS_PER_MONTH = 30


def price_bucket(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Storage and writes of access logs. A bucket with objects of the environment is free: a few fixed kilobytes."""
    if any(f"aws_s3_bucket.{resource.name}." in str(each.body["bucket"]) for each in context.of_type("aws_s3_object")):
        return
    env = context.env
    months = Decimal(env.logs.audit_retention_days) / DAYS_PER_MONTH
    stored = Decimal(env.cost.requests_per_month * KIB_PER_REQUEST) / KIB_PER_GB * months
    yield context.used(resource, "access logs kept", "s3.storage", context.usage(stored))
    yield context.used(resource, "log files written", "s3.put", context.usage(Decimal(FILES_PER_MONTH) / 1000))


def price_repository(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Storage of all images kept: an upper limit, as images share layers."""
    gigabytes = Decimal(context.env.image.keep_images * context.env.cost.image_mib) / 1024
    yield context.used(resource, "images kept", "ecr.storage", context.usage(gigabytes).most(gigabytes))


PRICERS: dict[str, Pricer] = {"aws_s3_bucket": price_bucket, "aws_ecr_repository": price_repository}
