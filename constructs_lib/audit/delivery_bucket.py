"""Buckets that hold evidence: what AWS's auditing services deliver."""

from __future__ import annotations

from constructs import Construct

from constructs_lib.identity.policy import Condition, Statement
from constructs_lib.storage.bucket import Bucket


class DeliveryBucket(Construct):
    """A bucket one auditing service writes to, under AWSLogs/<account>, and only on behalf of `source`.

    Objects go after `retention_days`; reads and deletes are logged to `access_logs_bucket` (CIS 3.4).
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        service: str,
        source: Condition,
        prefix: str,
        list_bucket: bool = False,
        kms_key_arn: str,
        access_logs_bucket: str,
        account_id: str,
        partition: str,
        retention_days: int,
        protected: bool,
    ) -> None:
        super().__init__(scope, id_)
        arn = f"arn:{partition}:s3:::{name}"
        principals = {"Service": (service,)}
        look = ("s3:GetBucketAcl", *(("s3:ListBucket",) if list_bucket else ()))
        self.bucket = Bucket(
            self,
            "bucket",
            name=name,
            kms_key_arn=kms_key_arn,
            expire_days=retention_days,
            access_logs_bucket=access_logs_bucket,
            protected=protected,
            statements=(
                Statement(
                    sid="CheckBucket", actions=look, resources=(arn,), principals=principals, conditions=(source,)
                ),
                Statement(
                    sid="Deliver",
                    actions=("s3:PutObject",),
                    resources=(f"{arn}/AWSLogs/{account_id}/{prefix}*",),
                    principals=principals,
                    conditions=(source, ("StringEquals", "s3:x-amz-acl", ("bucket-owner-full-control",))),
                ),
            ),
        )
        self.name: str = self.bucket.name
