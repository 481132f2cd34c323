"""CloudTrail: who called which AWS operation, in every region."""

from __future__ import annotations

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.cloudtrail import Cloudtrail
from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from cdktf_cdktf_provider_aws.sns_topic_policy import SnsTopicPolicy
from constructs import Construct

from constructs_lib.audit.delivery_bucket import DeliveryBucket
from constructs_lib.identity.grants import write_logs
from constructs_lib.identity.policy import Statement, policy_document
from constructs_lib.identity.role import ServiceRole
from constructs_lib.observability.log_group import LogGroup


def trail_arn(name: str, *, account_id: str, region: str, partition: str) -> str:
    """The ARN of a trail before it exists: its bucket, topic and key name it in their policies."""
    return f"arn:{partition}:cloudtrail:{region}:{account_id}:trail/{name}"


class Trail(Construct):
    """A trail of management events of all regions, to a bucket, a log group and a topic for deliveries.

    The key must allow the trail (`key_use.encrypt_trail`) and CloudTrail's publishing (`key_use.publish_to_topics`).
    Nobody subscribes to the topic here: it speaks every five minutes, and is there for tools that fetch log files.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        bucket_name: str,
        access_logs_bucket: str,
        log_group_name: str,
        role_name: str,
        kms_key_arn: str,
        account_id: str,
        region: str,
        partition: str,
        retention_days: int,
        protected: bool = True,
    ) -> None:
        super().__init__(scope, id_)
        arn = trail_arn(name, account_id=account_id, region=region, partition=partition)
        bucket = DeliveryBucket(
            self,
            "bucket",
            name=bucket_name,
            service="cloudtrail.amazonaws.com",
            source=("StringEquals", "aws:SourceArn", (arn,)),
            prefix="",
            kms_key_arn=kms_key_arn,
            access_logs_bucket=access_logs_bucket,
            account_id=account_id,
            partition=partition,
            retention_days=retention_days,
            protected=protected,
        )
        logs = LogGroup(
            self,
            "log",
            name=log_group_name,
            retention_days=retention_days,
            kms_key_arn=kms_key_arn,
            protected=protected,
        )
        role = ServiceRole(
            self,
            "role",
            name=role_name,
            service="cloudtrail.amazonaws.com",
            account_id=account_id,
            source_arns=(arn,),
            description="CloudTrail writes to its log group",
        )
        access = role.allow("write", (write_logs(logs.arn),))
        topic, topic_policy = self._deliveries(f"{name}-deliveries", kms_key_arn=kms_key_arn, trail_arn=arn)
        self.trail = Cloudtrail(
            self,
            "trail",
            name=name,
            s3_bucket_name=bucket.name,
            sns_topic_name=topic.name,
            cloud_watch_logs_group_arn=f"{logs.arn}:*",
            cloud_watch_logs_role_arn=role.arn,
            kms_key_id=kms_key_arn,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
            # CloudTrail tries bucket, topic and log group when it is created.
            depends_on=[bucket.bucket.policy, topic_policy, access],
        )
        self.log_group: str = logs.name

    def _deliveries(self, name: str, *, kms_key_arn: str, trail_arn: str) -> tuple[SnsTopic, SnsTopicPolicy]:
        topic = SnsTopic(self, "deliveries", name=name, kms_master_key_id=kms_key_arn)
        statement = Statement(
            sid="Trail",
            actions=("sns:Publish",),
            resources=(topic.arn,),
            principals={"Service": ("cloudtrail.amazonaws.com",)},
            conditions=(("StringEquals", "aws:SourceArn", (trail_arn,)),),
        )
        policy = policy_document(self, "deliveries_document", statement)
        return topic, SnsTopicPolicy(self, "deliveries_policy", arn=topic.arn, policy=policy)
