"""Services that write to buckets or read from them."""

from __future__ import annotations

from collections.abc import Iterator

from policies.needs.deployed import Deployed
from policies.needs.need import Need, service
from policies.needs.services.roles import EXAMPLE
from terraform_json.blocks import listed

_OWNER = {"s3:x-amz-acl": "bucket-owner-full-control"}


def server_access_logs(deployed: Deployed) -> Iterator[Need]:
    """S3 writes the access log of a bucket to its target bucket."""
    for address, body in deployed.each("aws_s3_bucket_logging"):
        source = deployed.source(deployed.bucket_arn(address, deployed.value(body, "bucket")))
        target = deployed.bucket_arn(address, deployed.value(body, "target_bucket"))
        key = f"{target}/{deployed.value(body, 'target_prefix')}2026-11-28-00-00-00-{EXAMPLE}"
        yield Need(service("logging.s3.amazonaws.com"), ("s3:PutObject",), key, "server-access-logs", source)


def load_balancer_logs(deployed: Deployed) -> Iterator[Need]:
    """The log delivery of load balancers writes their access logs."""
    for address, body in deployed.each("aws_lb"):
        for kind in ("access_logs", "connection_logs"):
            bucket = deployed.value(body, kind, "bucket")
            if not bucket:
                continue
            _, region, account = deployed.place(address)
            path = f"{_prefix(deployed.value(body, kind, 'prefix'))}AWSLogs/{account}/elasticloadbalancing/{region}"
            key = f"{deployed.bucket_arn(address, bucket)}/{path}/{EXAMPLE}"
            writer = service("logdelivery.elasticloadbalancing.amazonaws.com")
            yield Need(writer, ("s3:PutObject",), key, "load-balancer-logs", deployed.source(deployed.arn(address)))


def delivered_logs(deployed: Deployed) -> Iterator[Need]:
    """The delivery of logs, version 2, writes what a delivery source hands it, below the source service's name."""
    follow = deployed.configuration.follow
    for _, body in deployed.each("aws_cloudwatch_log_delivery"):
        source, destination = follow(body.get("delivery_source_name")), follow(body.get("delivery_destination_arn"))
        if not source or not destination:
            continue
        bucket = deployed.value(
            deployed.configuration.get(destination), "delivery_destination_configuration", "destination_resource_arn"
        )
        account = deployed.arns.account
        context = deployed.source(deployed.arn(source)) | _OWNER
        key = f"{bucket}/AWSLogs/{account}/CloudFront/{EXAMPLE}.gz"
        yield Need(service("delivery.logs.amazonaws.com"), ("s3:PutObject",), key, "log-delivery", context)


def trails(deployed: Deployed) -> Iterator[Need]:
    """CloudTrail checks its bucket, writes to it, and describes its key."""
    for address, body in deployed.each("aws_cloudtrail"):
        trail, who = deployed.arn(address), service("cloudtrail.amazonaws.com")
        bucket = deployed.bucket_arn(address, deployed.value(body, "s3_bucket_name"))
        source = deployed.source(trail)
        yield Need(who, ("s3:GetBucketAcl",), bucket, "trail-delivery", source)
        _, region, account = deployed.place(address)
        prefix = _prefix(deployed.value(body, "s3_key_prefix"))
        key = f"{bucket}/{prefix}AWSLogs/{account}/CloudTrail/{region}/{EXAMPLE}.json.gz"
        yield Need(who, ("s3:PutObject",), key, "trail-delivery", source | _OWNER)
        if kms := deployed.key_arn(deployed.value(body, "kms_key_id")):
            yield Need(who, ("kms:DescribeKey",), kms, "trail-key", source)
            context = source | {"kms:EncryptionContext:aws:s3:arn": bucket}
            yield Need(who, ("kms:GenerateDataKey",), kms, "trail-key", context)


def configuration_history(deployed: Deployed) -> Iterator[Need]:
    """Config checks its bucket and delivers to it."""
    for address, body in deployed.each("aws_config_delivery_channel"):
        who = service("config.amazonaws.com")
        bucket = deployed.bucket_arn(address, deployed.value(body, "s3_bucket_name"))
        source = {"aws:SourceAccount": deployed.arns.account}
        yield Need(who, ("s3:GetBucketAcl", "s3:ListBucket"), bucket, "config-delivery", source)
        _, region, account = deployed.place(address)
        prefix = _prefix(deployed.value(body, "s3_key_prefix"))
        key = f"{bucket}/{prefix}AWSLogs/{account}/Config/{region}/{EXAMPLE}.json.gz"
        yield Need(who, ("s3:PutObject",), key, "config-delivery", source | _OWNER)
        if kms := deployed.key_arn(deployed.value(body, "s3_kms_key_arn")):
            context = source | {"kms:EncryptionContext:aws:s3:arn": bucket}
            yield Need(who, ("kms:Decrypt", "kms:GenerateDataKey"), kms, "config-delivery", context)
        if topic := deployed.value(body, "sns_topic_arn"):
            yield Need(who, ("sns:Publish",), topic, "config-delivery", source)


def distributions(deployed: Deployed) -> Iterator[Need]:
    """CloudFront reads the objects of each bucket it has an origin access control for."""
    for address, body in deployed.each("aws_cloudfront_distribution"):
        for origin in listed(body.get("origin")):
            bucket = deployed.configuration.follow(origin.get("domain_name"))
            if not origin.get("origin_access_control_id") or not bucket or "/aws_s3_bucket." not in bucket:
                continue
            page = f"{deployed.arn(bucket)}/{deployed.value(body, 'default_root_object')}"
            source = {"aws:SourceArn": deployed.arn(address), "aws:SourceAccount": deployed.arns.account}
            yield Need(service("cloudfront.amazonaws.com"), ("s3:GetObject",), page, "origin-access-control", source)


def _prefix(given: str) -> str:
    return f"{given.strip('/')}/" if given else ""


RULES = (server_access_logs, load_balancer_logs, delivered_logs, trails, configuration_history, distributions)
