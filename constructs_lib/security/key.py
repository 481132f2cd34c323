"""The customer key of a region."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from constructs import Construct

from config.place import Place
from constructs_lib.identity.needs import declare
from constructs_lib.identity.policy import Statement, from_account, policy_document
from policies.needs.need import Need

# AWS's own example adds kms:Describe*, which no encryption context ever comes with: under the condition it can't apply.
_LOG = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*")
PUBLISH = ("kms:Decrypt", "kms:GenerateDataKey*")
# Days a deleted key can still be called back: KMS's most and least (KMS ScheduleKeyDeletion).
LONGEST_DELETION_WINDOW_DAYS, SHORTEST_DELETION_WINDOW_DAYS = 30, 7


class CustomerKey(Construct):
    """One symmetric multi-region key for everything at rest in a region, rotated yearly.

    The policy names the account itself, whose IAM policies decide for roles, and the AWS services in `statements`:
    those that the settings put to work. Multi-region can't be added afterwards, which is why it is the default.

    Args:
        protected: Terraform refuses to destroy the key.
        deletion_window_days: 7 to 30 (KMS ScheduleKeyDeletion); by default 30 with `protected`, else 7, so that an
            environment built for a day leaves no key behind for a month.
        statements: for the services that use the key, such as `log_groups`; none may without one.
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
        statements: Sequence[Statement] = (),
    ) -> None:
        super().__init__(scope, id_)
        self.key = KmsKey(
            self,
            "key",
            description=description,
            enable_key_rotation=True,
            multi_region=multi_region,
            deletion_window_in_days=deletion_window_days or _deletion_window_days(protected=protected),
            policy=policy_document(self, "policy", _account_administers(place), *statements),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
        )
        KmsAlias(self, "alias", name=f"alias/{alias}", target_key_id=self.key.key_id)
        self.arn: str = self.key.arn
        declare(self, Need(place.arn("iam", "root", region=""), ("kms:PutKeyPolicy",), self.arn, "key-administration"))


def _deletion_window_days(*, protected: bool) -> int:
    return LONGEST_DELETION_WINDOW_DAYS if protected else SHORTEST_DELETION_WINDOW_DAYS


def _account_administers(place: Place) -> Statement:
    return Statement(
        sid="AccountAdministers",
        actions=("kms:*",),
        resources=("*",),
        principals={"AWS": (place.arn("iam", "root", region=""),)},
    )


def one_log_group(name: str, place: Place) -> Statement:
    """Let CloudWatch Logs use the key for one group alone ("Encrypt log data", CloudWatch Logs guide).

    Its ARN is in the encryption context.
    """
    group = place.arn("logs", f"log-group:{name}")
    return Statement(
        sid="ThisLogGroup",
        actions=_LOG,
        resources=("*",),
        principals={"Service": (f"logs.{place.region}.amazonaws.com",)},
        conditions=(("ArnEquals", "kms:EncryptionContext:aws:logs:arn", (group,)),),
    )


def log_groups(place: Place) -> Statement:
    """Let CloudWatch Logs use the key for every log group of the account and region."""
    return Statement(
        sid="LogGroupsOfThisAccount",
        actions=_LOG,
        resources=("*",),
        principals={"Service": (f"logs.{place.region}.amazonaws.com",)},
        conditions=(("ArnLike", "kms:EncryptionContext:aws:logs:arn", (place.arn("logs", "*"),)),),
    )


def account_publishers(services: Sequence[str], account_id: str) -> Statement:
    """Let services that send the source account publish to encrypted topics, as alarms and AWS Budgets do."""
    return Statement(
        sid="PublishersOfThisAccount",
        actions=PUBLISH,
        resources=("*",),
        principals={"Service": tuple(services)},
        conditions=(from_account(account_id),),
    )


def log_delivery(place: Place) -> Statement:
    """Let the delivery of logs write to encrypted buckets ("Logs sent to Amazon S3", CloudWatch Logs guide)."""
    return Statement(
        sid="LogDeliveryOfThisAccount",
        actions=PUBLISH,
        resources=("*",),
        principals={"Service": ("delivery.logs.amazonaws.com",)},
        conditions=(from_account(place.account_id), ("ArnLike", "aws:SourceArn", (place.arn("logs", "*"),))),
    )
