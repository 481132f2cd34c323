"""CloudFront access logs through CloudWatch's log delivery (the newer form, which needs no bucket ACLs)."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.cloudwatch_log_delivery import (
    CloudwatchLogDelivery,
    CloudwatchLogDeliveryS3DeliveryConfiguration,
)
from cdktf_cdktf_provider_aws.cloudwatch_log_delivery_destination import (
    CloudwatchLogDeliveryDestination,
    CloudwatchLogDeliveryDestinationDeliveryDestinationConfiguration,
)
from cdktf_cdktf_provider_aws.cloudwatch_log_delivery_source import CloudwatchLogDeliverySource
from constructs import Construct

from constructs_lib.identity.policy import Statement, from_account
from constructs_lib.storage.bucket import Bucket


class DistributionLogs(Construct):
    """A bucket in us-east-1 that receives a distribution's access logs as JSON, kept for `retention_days`.

    `access_logs_bucket` records who reads them; S3 takes one of the same region only.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        bucket_name: str,
        kms_key_arn: str,
        distribution_arn: str,
        account_id: str,
        partition: str,
        region: str,
        retention_days: int,
        protected: bool,
        access_logs_bucket: str | None = None,
    ) -> None:
        super().__init__(scope, id_)
        bucket = Bucket(
            self,
            "bucket",
            name=bucket_name,
            kms_key_arn=kms_key_arn,
            expire_days=retention_days,
            access_logs_bucket=access_logs_bucket,
            protected=protected,
            statements=(
                Statement(
                    sid="LogDelivery",
                    actions=("s3:PutObject",),
                    resources=(f"arn:{partition}:s3:::{bucket_name}/*",),
                    principals={"Service": ("delivery.logs.amazonaws.com",)},
                    conditions=(
                        from_account(account_id),
                        (
                            "ArnLike",
                            "aws:SourceArn",
                            (f"arn:{partition}:logs:{region}:{account_id}:delivery-source:*",),
                        ),
                    ),
                ),
            ),
        )
        source = CloudwatchLogDeliverySource(
            self, "source", name=name, log_type="ACCESS_LOGS", resource_arn=distribution_arn
        )
        destination = CloudwatchLogDeliveryDestination(
            self,
            "destination",
            name=name,
            output_format="json",
            delivery_destination_configuration=[
                CloudwatchLogDeliveryDestinationDeliveryDestinationConfiguration(destination_resource_arn=bucket.arn)
            ],
            # Delivery is tested when it is set up: the bucket has to let it in by then.
            depends_on=[bucket.policy],
        )
        CloudwatchLogDelivery(
            self,
            "delivery",
            delivery_source_name=source.name,
            delivery_destination_arn=destination.arn,
            s3_delivery_configuration=[
                CloudwatchLogDeliveryS3DeliveryConfiguration(
                    suffix_path="{account-id}/{DistributionId}/{yyyy}/{MM}/{dd}/{HH}",
                    enable_hive_compatible_path=False,
                )
            ],
        )
