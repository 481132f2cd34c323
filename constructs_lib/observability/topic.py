"""Encrypted SNS topics that only named AWS services may publish to."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf import TerraformProvider
from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from cdktf_cdktf_provider_aws.sns_topic_policy import SnsTopicPolicy
from cdktf_cdktf_provider_aws.sns_topic_subscription import SnsTopicSubscription
from constructs import Construct

from constructs_lib.identity.policy import Statement, from_account, policy_document


class AlarmTopic(Construct):
    """A topic under a customer key (an AWS-managed one would not let CloudWatch publish) with e-mail subscribers.

    Each address has to be confirmed by its owner before messages arrive.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        kms_key_arn: str,
        account_id: str,
        publishers: Sequence[str] = ("cloudwatch.amazonaws.com",),
        emails: Sequence[str] = (),
        provider: TerraformProvider | None = None,
    ) -> None:
        super().__init__(scope, id_)
        self.topic = SnsTopic(self, "topic", name=name, kms_master_key_id=kms_key_arn, provider=provider)
        self.arn: str = self.topic.arn
        SnsTopicPolicy(
            self,
            "policy",
            arn=self.arn,
            policy=policy_document(
                self,
                "policy_document",
                Statement(
                    sid="ServicesOfThisAccount",
                    actions=("sns:Publish",),
                    resources=(self.arn,),
                    principals={"Service": tuple(publishers)},
                    conditions=(from_account(account_id),),
                ),
            ),
            provider=provider,
        )
        for index, email in enumerate(emails):
            SnsTopicSubscription(
                self, f"email_{index}", topic_arn=self.arn, protocol="email", endpoint=email, provider=provider
            )
