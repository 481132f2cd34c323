"""Buckets that AWS services write access logs to, one per kind of writer."""

from __future__ import annotations

from constructs import Construct

from constructs_lib.identity.policy import Statement, from_account
from constructs_lib.storage.bucket import Bucket


class AccessLogBuckets(Construct):
    """S3 server access logs and ALB access logs; both writers support S3-managed keys only."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        server_access_name: str,
        alb_name: str,
        account_id: str,
        region: str,
        partition: str,
        retention_days: int,
        protected: bool,
    ) -> None:
        super().__init__(scope, id_)
        self.server_access = Bucket(
            self,
            "server_access",
            name=server_access_name,
            kms_key_arn=None,
            expire_days=retention_days,
            protected=protected,
            statements=(
                Statement(
                    sid="ServerAccessLogs",
                    actions=("s3:PutObject",),
                    resources=(f"arn:{partition}:s3:::{server_access_name}/*",),
                    principals={"Service": ("logging.s3.amazonaws.com",)},
                    conditions=(from_account(account_id),),
                ),
            ),
        )
        self.alb = Bucket(
            self,
            "alb",
            name=alb_name,
            kms_key_arn=None,
            expire_days=retention_days,
            access_logs_bucket=self.server_access.name,
            protected=protected,
            statements=(
                Statement(
                    sid="LoadBalancerAccessLogs",
                    actions=("s3:PutObject",),
                    resources=(f"arn:{partition}:s3:::{alb_name}/AWSLogs/{account_id}/*",),
                    principals={"Service": ("logdelivery.elasticloadbalancing.amazonaws.com",)},
                    conditions=(
                        (
                            "ArnLike",
                            "aws:SourceArn",
                            (f"arn:{partition}:elasticloadbalancing:{region}:{account_id}:loadbalancer/*",),
                        ),
                    ),
                ),
            ),
        )
