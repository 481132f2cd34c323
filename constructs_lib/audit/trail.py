"""CloudTrail: the record of calls of AWS operations, in every region."""

from __future__ import annotations

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.cloudtrail import Cloudtrail
from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from cdktf_cdktf_provider_aws.sns_topic_policy import SnsTopicPolicy
from constructs import Construct

from config.place import Place
from constructs_lib.audit.delivery_bucket import DeliveringService, DeliveryBucket
from constructs_lib.identity.grants import write_logs
from constructs_lib.identity.policy import Condition, policy_document
from constructs_lib.identity.role import ServiceRole
from constructs_lib.observability.log_group import LogGroup
from constructs_lib.observability.topic import TopicPublisher
from constructs_lib.storage.log_buckets import LogStorage

SERVICE = "cloudtrail.amazonaws.com"


def trail_arn(name: str, place: Place) -> str:
    """The ARN of a trail before it exists: its bucket, topic and key name it in their policies."""
    return place.arn("cloudtrail", f"trail/{name}")


class Trail(Construct):
    """A trail of management events of all regions, to a bucket, a log group and a topic for deliveries.

    The key must allow the trail (`key_use.encrypt_trail`) and CloudTrail's publishing (`key_use.publish_to_topics`).
    Nobody subscribes to the topic here: it speaks every five minutes, and is there for tools that fetch log files.
    `storage` also says how long the log group keeps events, under which key, and whether trail and group are protected.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        log_group_name: str,
        role_name: str,
        storage: LogStorage,
        place: Place,
    ) -> None:
        super().__init__(scope, id_)
        self._name, self._storage, self._place = name, storage, place
        self._arn = trail_arn(name, place)
        source: Condition = ("StringEquals", "aws:SourceArn", (self._arn,))
        bucket = DeliveryBucket(
            self, "bucket", storage=storage, service=DeliveringService(SERVICE, source), place=place
        )
        logs = self._log(log_group_name)
        role = self._role(role_name)
        access = role.allow("write", (write_logs(place.log_group_arn(log_group_name)),))
        topic, topic_policy = self._deliveries(TopicPublisher("Trail", (SERVICE,), source))
        # CloudTrail tries bucket, topic and log group when it is created.
        tried = (bucket.bucket.policy, topic_policy, access)
        self.trail = self._trail(bucket=bucket.name, topic=topic.name, logs=logs, role=role, depends_on=tried)
        self.log_group: str = logs.name

    def _log(self, name: str) -> LogGroup:
        storage = self._storage
        return LogGroup(
            self,
            "log",
            name=name,
            retention_days=storage.retention_days,
            kms_key_arn=storage.kms_key_arn,
            protected=storage.protected,
        )

    def _role(self, name: str) -> ServiceRole:
        return ServiceRole(
            self,
            "role",
            name=name,
            service=SERVICE,
            account_id=self._place.account_id,
            description="CloudTrail writes to its log group",
        )

    def _deliveries(self, publisher: TopicPublisher) -> tuple[SnsTopic, SnsTopicPolicy]:
        name, key = f"{self._name}-deliveries", self._storage.kms_key_arn
        topic = SnsTopic(self, "deliveries", name=name, kms_master_key_id=key)
        policy = policy_document(self, "deliveries_document", publisher.statement(self._place.arn("sns", name)))
        return topic, SnsTopicPolicy(self, "deliveries_policy", arn=topic.arn, policy=policy)

    def _trail(
        self,
        *,
        bucket: str,
        topic: str,
        logs: LogGroup,
        role: ServiceRole,
        depends_on: tuple[ITerraformDependable, ...],
    ) -> Cloudtrail:
        return Cloudtrail(
            self,
            "trail",
            name=self._name,
            s3_bucket_name=bucket,
            sns_topic_name=topic,
            cloud_watch_logs_group_arn=f"{logs.arn}:*",
            cloud_watch_logs_role_arn=role.arn,
            kms_key_id=self._storage.kms_key_arn,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if self._storage.protected else None,
            depends_on=list(depends_on),
        )
