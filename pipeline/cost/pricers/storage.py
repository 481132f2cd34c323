"""Buckets and the image registry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from config.rules.ingestion import PASSAGES_PER_PAGE
from pipeline.cost.context import PricedResource, Pricer, PricingContext
from pipeline.cost.model import Line
from pipeline.cost.table import NoPriceError

# Every bucket that grows holds access logs: about 1 KiB a request, kept for the audit retention, in files that
# two sources (ALB nodes, CloudFront or S3 itself) write every five minutes.
KIB_PER_REQUEST = 1
FILES_PER_MONTH = 2 * 12 * 730
KIB_PER_GB = 1024 * 1024
DAYS_PER_MONTH = 30
# The bucket of ingestion is known by its rule for fetched pages (constructs_lib/workflows/storage.py). A passage is
# text and 1,024 floats, as JSON.
PAGES_RULE = "tidy-fetched"
KIB_PER_PASSAGE = 22
# A plan, a manifest and a finish read all pages of a source.
READS_PER_PAGE = 3


def price_bucket(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Storage and writes of access logs, or of pages. One with objects of the environment is free: a few kilobytes."""
    if any(str(rule.get("id", "")) == PAGES_RULE for rule in _expiry_of(resource, context)):
        yield from _price_pages(resource, context)
        return
    if any(f"aws_s3_bucket.{resource.name}." in str(each.body["bucket"]) for each in context.of_type("aws_s3_object")):
        return
    env = context.env
    months = Decimal(env.logs.audit_retention_days) / DAYS_PER_MONTH
    stored = Decimal(env.cost.requests_per_month * KIB_PER_REQUEST) / KIB_PER_GB * months
    yield context.used(resource, "access logs kept", "s3.storage", context.usage(stored))
    yield context.used(resource, "log files written", "s3.put", context.usage(Decimal(FILES_PER_MONTH) / 1000))


def _expiry_of(resource: PricedResource, context: PricingContext) -> list[Mapping[str, Any]]:
    """Lifecycle rules of a bucket."""
    return [
        rule
        for each in context.of_type("aws_s3_bucket_lifecycle_configuration")
        if f"aws_s3_bucket.{resource.name}." in str(each.body["bucket"])
        for rule in each.body.get("rule", ())
    ]


def _price_pages(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Pages that were fetched, kept for days, and passages with vectors, which stay."""
    cost, ingestion = context.env.cost, context.env.ingestion
    pages = ingestion.max_pages * len(ingestion.sources)
    stored = Decimal(pages * PASSAGES_PER_PAGE * KIB_PER_PASSAGE) / KIB_PER_GB
    yield context.used(resource, "passages kept", "s3.storage", context.usage(stored))
    written = Decimal(cost.ingested_pages_per_month + cost.changed_pages_per_month) / 1000
    yield context.used(resource, "pages and passages written", "s3.put", context.usage(written))


def price_table(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Reads and writes of the ledger, on demand; what it stores is a few megabytes."""
    if resource.body.get("billing_mode") != "PAY_PER_REQUEST":
        raise NoPriceError("the table has no price for provisioned capacity")
    pages = Decimal(context.env.cost.ingested_pages_per_month) / 1_000_000
    yield context.used(resource, "items written", "dynamodb.write", context.usage(pages))
    yield context.used(resource, "items read", "dynamodb.read", context.usage(pages * READS_PER_PAGE))


def price_repository(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Storage of all images kept: an upper limit, as images share layers."""
    gigabytes = Decimal(context.env.image.keep_images * context.env.cost.image_mib) / 1024
    yield context.used(resource, "images kept", "ecr.storage", context.usage(gigabytes).most(gigabytes))


PRICERS: dict[str, Pricer] = {
    "aws_dynamodb_table": price_table,
    "aws_s3_bucket": price_bucket,
    "aws_ecr_repository": price_repository,
}
