"""Buckets, the ledger of ingestion and the image registry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from config.rules.ingestion import PASSAGES_PER_PAGE
from config.switches import SWITCHES
from pipeline.cost.context import PricedResource, Pricer, PricingContext
from pipeline.cost.model import Line
from pipeline.cost.table import NoPriceError
from pipeline.cost.usage import (
    CONFIGURATION_ITEMS,
    FILES_PER_WRITER,
    FINDING_EVENTS,
    KIB_PER_GB,
    S3_REQUESTS_PER_PAGE,
    questions,
)

# Access logs have about 1 KiB a request, a trail a packed event, the recorder an item. Kept for the audit retention.
KIB_PER_REQUEST, KIB_PER_TRAIL_EVENT, KIB_PER_ITEM = 1, Decimal("0.3"), 4
# Nodes of a load balancer, CloudFront, S3 and the trail write in two places at least; the recorder a few files a day.
WRITERS, RECORDER_FILES = 2, 300
DAYS_PER_MONTH = 30
# A passage is text and 1,024 floats, as JSON.
KIB_PER_PASSAGE = 22
# A plan, a manifest and a finish read all pages of a source.
READS_PER_PAGE = 3
# What a bucket holds is told by its name (config/names.py): PROJECT-ENVIRONMENT-KIND-ACCOUNT-REGION.
_NAME = re.compile(r"[a-z0-9]+-[a-z0-9]+-([a-z-]+)-\d{12}-[a-z0-9-]+")
FIXED = ("packages", "fallback")


def price_bucket(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Storage and writes of logs, of evidence or of pages, and readings of the switch.

    Packages, the fallback page and the switch are stored for nothing: a few kilobytes.
    """
    kind = _kind(resource)
    if kind == "pages":
        yield from _price_pages(resource, context)
    elif kind == SWITCHES:
        # A question reads it, unless another one of the last half minute has.
        reads = Decimal(questions(context.env)) / 1000
        yield context.used(resource, "readings of the switch, at most", "s3.get", context.usage(reads))
    elif kind not in FIXED:
        what, kib, files = _written(kind, context)
        months = Decimal(context.env.logs.audit_retention_days) / DAYS_PER_MONTH
        yield context.used(resource, f"{what}s kept", "s3.storage", context.usage(kib / KIB_PER_GB * months))
        yield context.used(resource, f"{what} files written", "s3.put", context.usage(files / 1000))


def _kind(resource: PricedResource) -> str:
    found = _NAME.fullmatch(str(resource.body["bucket"]))
    if found is None:
        raise NoPriceError(f"nobody knows what the bucket {resource.body['bucket']} holds")
    return found[1]


def _written(kind: str, context: PricingContext) -> tuple[str, Decimal, Decimal]:
    """What a bucket of logs holds, KiB of it a month, and files a month."""
    files = Decimal(FILES_PER_WRITER * WRITERS)
    if kind in ("alb-logs", "edge-logs"):
        return "access log", context.assumed.requests * KIB_PER_REQUEST, files
    if kind == "access-logs":
        return "access log", s3_requests(context) * KIB_PER_REQUEST, files
    if kind == "trail":
        return "trail log", context.env.cost.account_events * KIB_PER_TRAIL_EVENT, files
    if kind == "config":
        return "record", Decimal(CONFIGURATION_ITEMS * KIB_PER_ITEM), Decimal(RECORDER_FILES)
    raise NoPriceError(f"nobody knows what a bucket of the kind {kind} holds")


def s3_requests(context: PricingContext) -> Decimal:
    """Requests to S3 a month: of ingestion, and of what writes logs, whatever visitors do."""
    pages = context.env.cost.ingested_pages_per_month * S3_REQUESTS_PER_PAGE
    return Decimal(pages + len(context.of_type("aws_s3_bucket")) * FILES_PER_WRITER * WRITERS)


def _price_pages(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Pages that were fetched, kept for days, and passages with vectors, which stay."""
    cost, ingestion = context.env.cost, context.env.ingestion
    pages = ingestion.max_pages * len(ingestion.sources)
    stored = Decimal(pages * PASSAGES_PER_PAGE * KIB_PER_PASSAGE) / KIB_PER_GB
    yield context.used(resource, "passages kept", "s3.storage", context.usage(stored))
    written = Decimal(cost.ingested_pages_per_month + cost.changed_pages_per_month) / 1000
    yield context.used(resource, "pages and passages written", "s3.put", context.usage(written))


def price_table(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Reads and writes on demand, of the ledger or of findings that were told; what is stored is a few megabytes."""
    if resource.body.get("billing_mode") != "PAY_PER_REQUEST":
        raise NoPriceError("the table has no price for provisioned capacity")
    if resource.layer == "security":
        yield context.used(
            resource, "items written", "dynamodb.write", context.usage(Decimal(FINDING_EVENTS) / 1_000_000)
        )
        return
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
