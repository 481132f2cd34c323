"""The encrypted topic that EventBridge rules and alarms tell people through."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from cdktf_cdktf_provider_aws.sns_topic_policy import SnsTopicPolicy
from cdktf_cdktf_provider_aws.sns_topic_subscription import SnsTopicSubscription
from constructs import Construct

from constructs_lib.identity.policy import Condition, Statement, from_account, policy_document


class FindingsTopic(Construct):
    """A topic for rules and alarms of this account and region, with e-mail subscribers, who confirm once.

    EventBridge says which rule publishes and leaves the account out ("Using resource-based policies", its guide), so
    that a condition on the source account would drop every finding silently. The key must allow EventBridge
    (`key_use.publish_to_topics`).
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        kms_key_arn: str,
        account_id: str,
        region: str,
        partition: str,
        emails: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id_)
        topic = SnsTopic(self, "topic", name=name, kms_master_key_id=kms_key_arn)
        self.arn: str = topic.arn
        rules = f"arn:{partition}:events:{region}:{account_id}:rule/*"
        SnsTopicPolicy(
            self,
            "policy",
            arn=self.arn,
            policy=policy_document(
                self,
                "policy_document",
                self._publish("Rules", "events.amazonaws.com", ("ArnLike", "aws:SourceArn", (rules,))),
                self._publish("Alarms", "cloudwatch.amazonaws.com", from_account(account_id)),
            ),
        )
        for index, email in enumerate(emails):
            SnsTopicSubscription(self, f"email_{index}", topic_arn=self.arn, protocol="email", endpoint=email)

    def _publish(self, sid: str, service: str, condition: Condition) -> Statement:
        return Statement(
            sid=sid,
            actions=("sns:Publish",),
            resources=(self.arn,),
            principals={"Service": (service,)},
            conditions=(condition,),
        )
