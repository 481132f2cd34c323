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

from config.place import Place
from constructs_lib.identity.policy import Statement, from_account
from constructs_lib.storage.bucket import Bucket
from constructs_lib.storage.log_buckets import LogStorage


class DistributionLogs(Construct):
    """A bucket in us-east-1 that receives a distribution's access logs as JSON.

    CloudWatch Logs puts `AWSLogs/<account>/CloudFront/` before the path given here when the delivery is created, and
    takes that away again when the path is changed (hashicorp/terraform-provider-aws#46328): the path stays as it is.
    """

    def __init__(
        self, scope: Construct, id_: str, *, name: str, distribution_arn: str, storage: LogStorage, place: Place
    ) -> None:
        super().__init__(scope, id_)
        bucket = self._bucket(name, storage, place)
        source = CloudwatchLogDeliverySource(
            self, "source", name=name, log_type="ACCESS_LOGS", resource_arn=distribution_arn
        )
        self._deliver(source, self._destination(name, bucket))

    def _bucket(self, source_name: str, storage: LogStorage, place: Place) -> Bucket:
        return Bucket(
            self,
            "bucket",
            name=storage.bucket_name,
            place=place,
            kms_key_arn=storage.kms_key_arn,
            expire_days=storage.retention_days,
            access_logs_bucket=storage.access_logs_bucket,
            protected=storage.protected,
            statements=(log_delivery(storage.bucket_name, source_name, place),),
        )

    def _destination(self, name: str, bucket: Bucket) -> CloudwatchLogDeliveryDestination:
        return CloudwatchLogDeliveryDestination(
            self,
            "destination",
            name=name,
            output_format="json",
            delivery_destination_configuration=[
                CloudwatchLogDeliveryDestinationDeliveryDestinationConfiguration(destination_resource_arn=bucket.arn)
            ],
            # Delivery is tested when it is set up: the bucket has to let it in by then.
            depends_on=[bucket.policy, *bucket.before_objects],
        )

    def _deliver(self, source: CloudwatchLogDeliverySource, destination: CloudwatchLogDeliveryDestination) -> None:
        CloudwatchLogDelivery(
            self,
            "delivery",
            delivery_source_name=source.name,
            delivery_destination_arn=destination.arn,
            s3_delivery_configuration=[
                CloudwatchLogDeliveryS3DeliveryConfiguration(
                    suffix_path="{DistributionId}/{yyyy}/{MM}/{dd}/{HH}",
                    enable_hive_compatible_path=False,
                )
            ],
        )


def log_delivery(bucket_name: str, source_name: str, place: Place) -> Statement:
    """Let one delivery source write, in the very words of AWS.

    CloudWatch Logs adds its statement when a delivery is created, unless the policy has it ("Logs sent to Amazon S3",
    its guide); one in other words would stay beside AWS's own, which every plan would then remove. These are the words
    of policies that AWS has written for CloudFront's deliveries; how closely it compares is documented nowhere.
    """
    return Statement(
        sid="AWSLogDeliveryWrite1",
        actions=("s3:PutObject",),
        resources=(place.bucket_arn(f"{bucket_name}/AWSLogs/{place.account_id}/CloudFront/*"),),
        principals={"Service": ("delivery.logs.amazonaws.com",)},
        conditions=(
            from_account(place.account_id),
            ("StringEquals", "s3:x-amz-acl", ("bucket-owner-full-control",)),
            ("ArnLike", "aws:SourceArn", (place.arn("logs", f"delivery-source:{source_name}"),)),
        ),
    )
