"""The customer key of a region."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from constructs import Construct

from config.place import Place
from constructs_lib.identity.policy import Statement, from_account, policy_document

USE = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey")
LOG = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:DescribeKey")
PUBLISH = ("kms:Decrypt", "kms:GenerateDataKey*")
# Days a deleted key can still be called back: KMS's most and least (KMS ScheduleKeyDeletion).
LONGEST_DELETION_WINDOW_DAYS, SHORTEST_DELETION_WINDOW_DAYS = 30, 7


class CustomerKey(Construct):
    """One symmetric multi-region key for everything at rest in a region, rotated yearly.

    The policy names AWS services with source conditions and the account itself; IAM policies decide for roles,
    so that later layers need no change here. Multi-region can't be added afterwards, which is why it is the default.

    Args:
        protected: Terraform refuses to destroy the key.
        deletion_window_days: 7 to 30 (KMS ScheduleKeyDeletion); by default 30 with `protected`, else 7, so that an
            environment built for a day leaves no key behind for a month.
        extra: statements for services that one layer alone needs.
        only_log_group: name of the one log group the key serves; no other service may use it then.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        alias: str,
        description: str,
        place: Place,
        protected: bool = True,
        multi_region: bool = True,
        deletion_window_days: int | None = None,
        extra: Sequence[Statement] = (),
        only_log_group: str | None = None,
    ) -> None:
        super().__init__(scope, id_)
        services = (_one_log_group(only_log_group, place),) if only_log_group else _services(place)
        self.key = KmsKey(
            self,
            "key",
            description=description,
            enable_key_rotation=True,
            multi_region=multi_region,
            deletion_window_in_days=deletion_window_days or _deletion_window_days(protected=protected),
            policy=policy_document(self, "policy", _account_administers(place), *services, *extra),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
        )
        KmsAlias(self, "alias", name=f"alias/{alias}", target_key_id=self.key.key_id)
        self.arn: str = self.key.arn


def _deletion_window_days(*, protected: bool) -> int:
    return LONGEST_DELETION_WINDOW_DAYS if protected else SHORTEST_DELETION_WINDOW_DAYS


def _account_administers(place: Place) -> Statement:
    return Statement(
        sid="AccountAdministers",
        actions=("kms:*",),
        resources=("*",),
        principals={"AWS": (place.arn("iam", "root", region=""),)},
    )


def _one_log_group(name: str, place: Place) -> Statement:
    """Let CloudWatch Logs use the key for one group alone ("Encrypt log data", CloudWatch Logs guide).

    Its ARN is in the encryption context.
    """
    group = place.arn("logs", f"log-group:{name}")
    return Statement(
        sid="ThisLogGroup",
        actions=LOG,
        resources=("*",),
        principals={"Service": (f"logs.{place.region}.amazonaws.com",)},
        conditions=(("ArnEquals", "kms:EncryptionContext:aws:logs:arn", (group,)),),
    )


def _services(place: Place) -> tuple[Statement, ...]:
    logs = place.arn("logs", "*")
    return (
        Statement(
            sid="LogGroupsOfThisAccount",
            actions=USE,
            resources=("*",),
            principals={"Service": (f"logs.{place.region}.amazonaws.com",)},
            conditions=(("ArnLike", "kms:EncryptionContext:aws:logs:arn", (logs,)),),
        ),
        Statement(
            sid="PublishersOfThisAccount",
            actions=PUBLISH,
            resources=("*",),
            principals={"Service": ("cloudwatch.amazonaws.com", "budgets.amazonaws.com")},
            conditions=(from_account(place.account_id),),
        ),
        Statement(
            sid="LogDeliveryOfThisAccount",
            actions=PUBLISH,
            resources=("*",),
            principals={"Service": ("delivery.logs.amazonaws.com",)},
            conditions=(from_account(place.account_id), ("ArnLike", "aws:SourceArn", (logs,))),
        ),
    )
