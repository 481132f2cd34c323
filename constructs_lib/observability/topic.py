"""Encrypted SNS topics that only named AWS services may publish to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import TerraformProvider
from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from cdktf_cdktf_provider_aws.sns_topic_policy import SnsTopicPolicy
from cdktf_cdktf_provider_aws.sns_topic_subscription import SnsTopicSubscription
from constructs import Construct

from config.place import Place
from constructs_lib.identity.policy import Condition, Statement, from_account, policy_document

EVENTS = "events.amazonaws.com"


@dataclass(frozen=True)
class TopicPublisher:
    """AWS services that may publish to a topic, and the condition that binds them to their source."""

    sid: str
    services: tuple[str, ...]
    condition: Condition

    def statement(self, topic_arn: str) -> Statement:
        """The statement of the topic's policy that lets them publish."""
        return Statement(
            sid=self.sid,
            actions=("sns:Publish",),
            resources=(topic_arn,),
            principals={"Service": self.services},
            conditions=(self.condition,),
        )


def account_publisher(
    account_id: str, *, services: tuple[str, ...] = ("cloudwatch.amazonaws.com",), sid: str = "ServicesOfThisAccount"
) -> TopicPublisher:
    """Services that send the source account, as CloudWatch alarms and AWS Budgets do."""
    return TopicPublisher(sid, services, from_account(account_id))


def rules_publisher(place: Place) -> TopicPublisher:
    """EventBridge rules of an account and region.

    EventBridge says which rule publishes and leaves the account out ("Using resource-based policies", its guide), so
    that a condition on the source account would drop every event silently. The topic's key must allow EventBridge
    (`key_use.publish_to_topics`).
    """
    return TopicPublisher("Rules", (EVENTS,), ("ArnLike", "aws:SourceArn", (place.arn("events", "rule/*"),)))


class NotificationTopic(Construct):
    """A topic under a customer key (an AWS-managed one would not let CloudWatch publish) with e-mail subscribers.

    `place` is that of its `provider`. Each address has to be confirmed by its owner before messages arrive.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        kms_key_arn: str,
        place: Place,
        publishers: Sequence[TopicPublisher],
        emails: Sequence[str] = (),
        provider: TerraformProvider | None = None,
    ) -> None:
        super().__init__(scope, id_)
        self.topic = SnsTopic(self, "topic", name=name, kms_master_key_id=kms_key_arn, provider=provider)
        self.arn: str = self.topic.arn
        statements = [publisher.statement(place.arn("sns", name)) for publisher in publishers]
        policy = policy_document(self, "policy_document", *statements)
        SnsTopicPolicy(self, "policy", arn=self.arn, policy=policy, provider=provider)
        for index, email in enumerate(emails):
            SnsTopicSubscription(
                self, f"email_{index}", topic_arn=self.arn, protocol="email", endpoint=email, provider=provider
            )
