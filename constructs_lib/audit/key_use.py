"""Statements for the policy of a customer key that AWS's auditing services use."""

from __future__ import annotations

from config.place import Place
from constructs_lib.identity.policy import Statement, from_account
from constructs_lib.security.key import PUBLISH


def encrypt_trail(trail_arn: str) -> tuple[Statement, ...]:
    """Let one trail encrypt its log files ("Configure AWS KMS key policies for CloudTrail", CloudTrail guide).

    Its bucket has a bucket key: then CloudTrail must be able to decrypt, or the trail can't be created, and the
    encryption context is the bucket's ARN, so that a condition on the trail's in the context would refuse every file
    ("Changes to note", S3 guide, bucket keys). The source is the trail in both cases.
    """
    service = {"Service": ("cloudtrail.amazonaws.com",)}
    source = ("StringEquals", "aws:SourceArn", (trail_arn,))
    return (
        Statement(sid="TrailEncrypts", actions=PUBLISH, resources=("*",), principals=service, conditions=(source,)),
        Statement(
            sid="TrailDescribes",
            actions=("kms:DescribeKey",),
            resources=("*",),
            principals=service,
            conditions=(source,),
        ),
    )


def encrypt_configuration_history(account_id: str) -> Statement:
    """Let AWS Config, in its service-linked role, encrypt what it delivers ("KMS key permissions", its guide)."""
    return Statement(
        sid="RecorderEncrypts",
        actions=PUBLISH,
        resources=("*",),
        principals={"Service": ("config.amazonaws.com",)},
        conditions=(from_account(account_id),),
    )


def publish_to_topics(services: tuple[str, ...], place: Place) -> Statement:
    """Let services publish to encrypted topics of this account.

    EventBridge and CloudTrail send no source account to KMS for this ("Key management", SNS guide); SNS always sends
    the topic, which binds the key to topics whose own policies name the account.
    """
    topics = place.arn("sns", "*")
    return Statement(
        sid="TopicsOfThisAccount",
        actions=PUBLISH,
        resources=("*",),
        principals={"Service": services},
        conditions=(("ArnLike", "kms:EncryptionContext:aws:sns:topicArn", (topics,)),),
    )
