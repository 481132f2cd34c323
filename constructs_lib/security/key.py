"""The customer key of a region."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf import TerraformProvider, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from constructs import Construct

from constructs_lib.identity.policy import Statement, from_account, policy_document

USE = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey")
LOG = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:DescribeKey")
PUBLISH = ("kms:Decrypt", "kms:GenerateDataKey*")


class CustomerKey(Construct):
    """One symmetric multi-region key for everything at rest in a region, rotated yearly.

    The policy names AWS services with source conditions and the account itself; IAM policies decide for roles,
    so that later layers need no change here. Multi-region can't be added afterwards, which is why it is the default.
    `extra` holds statements for services that one layer alone needs. With `only_log_group`, a log group's name, the key
    serves that group and no other service.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        alias: str,
        description: str,
        account_id: str,
        region: str,
        partition: str,
        protected: bool = True,
        multi_region: bool = True,
        deletion_window_days: int = 30,
        extra: Sequence[Statement] = (),
        only_log_group: str | None = None,
        provider: TerraformProvider | None = None,
    ) -> None:
        super().__init__(scope, id_)
        policy = policy_document(
            self,
            "policy",
            _account_administers(account_id, partition),
            *(
                (_one_log_group(only_log_group, account_id=account_id, region=region, partition=partition),)
                if only_log_group
                else _services(account_id=account_id, region=region, partition=partition)
            ),
            *extra,
        )
        self.key = KmsKey(
            self,
            "key",
            description=description,
            enable_key_rotation=True,
            multi_region=multi_region,
            deletion_window_in_days=deletion_window_days,
            policy=policy,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
            provider=provider,
        )
        KmsAlias(self, "alias", name=f"alias/{alias}", target_key_id=self.key.key_id, provider=provider)
        self.arn: str = self.key.arn


def _account_administers(account_id: str, partition: str) -> Statement:
    return Statement(
        sid="AccountAdministers",
        actions=("kms:*",),
        resources=("*",),
        principals={"AWS": (f"arn:{partition}:iam::{account_id}:root",)},
    )


def _one_log_group(name: str, *, account_id: str, region: str, partition: str) -> Statement:
    """CloudWatch Logs puts the group's ARN into the encryption context ("Encrypt log data", CloudWatch Logs guide)."""
    group = f"arn:{partition}:logs:{region}:{account_id}:log-group:{name}"
    return Statement(
        sid="ThisLogGroup",
        actions=LOG,
        resources=("*",),
        principals={"Service": (f"logs.{region}.amazonaws.com",)},
        conditions=(("ArnEquals", "kms:EncryptionContext:aws:logs:arn", (group,)),),
    )


def _services(*, account_id: str, region: str, partition: str) -> tuple[Statement, ...]:
    logs = f"arn:{partition}:logs:{region}:{account_id}:*"
    return (
        Statement(
            sid="LogGroupsOfThisAccount",
            actions=USE,
            resources=("*",),
            principals={"Service": (f"logs.{region}.amazonaws.com",)},
            conditions=(("ArnLike", "kms:EncryptionContext:aws:logs:arn", (logs,)),),
        ),
        Statement(
            sid="PublishersOfThisAccount",
            actions=PUBLISH,
            resources=("*",),
            principals={"Service": ("cloudwatch.amazonaws.com", "budgets.amazonaws.com")},
            conditions=(from_account(account_id),),
        ),
        Statement(
            sid="LogDeliveryOfThisAccount",
            actions=PUBLISH,
            resources=("*",),
            principals={"Service": ("delivery.logs.amazonaws.com",)},
            conditions=(from_account(account_id), ("ArnLike", "aws:SourceArn", (logs,))),
        ),
    )
