"""Buckets for the evidence that AWS's auditing services deliver."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from constructs import Construct

from config.place import Place
from constructs_lib.identity.policy import Condition, Statement
from constructs_lib.storage.bucket import Bucket
from constructs_lib.storage.log_buckets import LogStorage


@dataclass(frozen=True)
class DeliveringService:
    """An auditing service: its principal, the condition on its source, and the prefix below AWSLogs/<account>/.

    `list_bucket`: the service also lists the bucket before it delivers.
    """

    principal: str
    source: Condition
    prefix: str = ""
    list_bucket: bool = False


class DeliveryBucket(Construct):
    """A bucket one auditing service writes to, under AWSLogs/<account>, and only on behalf of its `source`."""

    def __init__(
        self, scope: Construct, id_: str, *, storage: LogStorage, service: DeliveringService, place: Place
    ) -> None:
        super().__init__(scope, id_)
        self.bucket = Bucket(
            self,
            "bucket",
            name=storage.bucket_name,
            place=place,
            kms_key_arn=storage.kms_key_arn,
            expire_days=storage.retention_days,
            access_logs_bucket=storage.access_logs_bucket,
            protected=storage.protected,
            statements=tuple(_delivery(place.bucket_arn(storage.bucket_name), service, place.account_id)),
        )
        self.name: str = self.bucket.name


def _delivery(bucket_arn: str, service: DeliveringService, account_id: str) -> Iterator[Statement]:
    principals = {"Service": (service.principal,)}
    yield Statement(
        sid="CheckBucket",
        actions=("s3:GetBucketAcl", *(("s3:ListBucket",) if service.list_bucket else ())),
        resources=(bucket_arn,),
        principals=principals,
        conditions=(service.source,),
    )
    yield Statement(
        sid="Deliver",
        actions=("s3:PutObject",),
        resources=(f"{bucket_arn}/AWSLogs/{account_id}/{service.prefix}*",),
        principals=principals,
        conditions=(service.source, ("StringEquals", "s3:x-amz-acl", ("bucket-owner-full-control",))),
    )
