"""Statements for a role that builds other roles: bounded ones only, passed only to the services that use them."""

from __future__ import annotations

from collections.abc import Sequence

from constructs_lib.identity.policy import Condition, Statement
from policies.needs.linked_roles import LINKED_SERVICES
from policies.needs.services.roles import ASSUMES

# The recorder runs in a role that AWS Config owns and an environment passes to it.
_RECORDER = "config.amazonaws.com"
PASSED_TO = tuple(sorted((*ASSUMES, _RECORDER)))
_GIVE = ("iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy")
_KEEP = (
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
)


def read_roles(role_arns: Sequence[str]) -> Statement:
    """Read roles and their policies."""
    return Statement(
        sid="LookAtRoles",
        actions=(
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListInstanceProfilesForRole",
            "iam:ListRolePolicies",
            "iam:ListRoleTags",
        ),
        resources=tuple(role_arns),
    )


def build_bounded_roles(role_arns: Sequence[str], *, boundary_arn: str, service_linked: str) -> tuple[Statement, ...]:
    """Build roles that carry a permissions boundary and hand them to services.

    `service_linked` is how the ARNs of service-linked roles begin. An environment builds that of AWS Config itself.

    Without the boundary whoever may write a role's policy and pass the role on may do anything
    (IAM user guide, "Delegating responsibility to others using permissions boundaries").
    """
    recorder = f"{service_linked}{_RECORDER}/AWSServiceRoleForConfig"
    bounded: Condition = ("StringEquals", "iam:PermissionsBoundary", (boundary_arn,))
    return (
        Statement(sid="BuildBoundedRoles", actions=_GIVE, resources=tuple(role_arns), conditions=(bounded,)),
        Statement(sid="KeepRoles", actions=_KEEP, resources=tuple(role_arns)),
        Statement(
            sid="PassToServices",
            actions=("iam:PassRole",),
            resources=(*role_arns, recorder),
            conditions=(("StringEquals", "iam:PassedToService", PASSED_TO),),
        ),
        Statement(
            sid="ServiceLinkedRoles",
            actions=("iam:CreateServiceLinkedRole",),
            resources=(f"{service_linked}*",),
            conditions=(("StringEquals", "iam:AWSServiceName", LINKED_SERVICES),),
        ),
        Statement(
            sid="KeepRecorderRole",
            actions=(
                "iam:DeleteServiceLinkedRole",
                "iam:GetServiceLinkedRoleDeletionStatus",
                "iam:TagRole",
                "iam:UntagRole",
            ),
            resources=(recorder,),
        ),
    )


def use_keys(key_arns: Sequence[str], *, region: str, bucket_arn: str) -> tuple[Statement, ...]:
    """Let services encrypt with customer keys what is created in them (KMS developer guide, `kms:ViaService`).

    Of S3 only the packages in `bucket_arn`, which AWS Signer and Lambda read and write with the caller's permissions.
    A bucket with a key of its own names itself and not the object ("Changes to note", S3 guide, bucket keys).
    """
    via = tuple(f"{each}.{region}.amazonaws.com" for each in ("bedrock", "ecr", "es", "lambda", "secretsmanager"))
    return (
        Statement(
            sid="EncryptThroughServices",
            actions=("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"),
            resources=tuple(key_arns),
            conditions=(("StringEquals", "kms:ViaService", via),),
        ),
        Statement(
            sid="EncryptPackages",
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            resources=tuple(key_arns),
            conditions=(
                ("StringEquals", "kms:ViaService", (f"s3.{region}.amazonaws.com",)),
                ("StringEquals", "kms:EncryptionContext:aws:s3:arn", (bucket_arn,)),
            ),
        ),
        Statement(
            sid="LendKeysToServices",
            actions=("kms:CreateGrant",),
            resources=tuple(key_arns),
            conditions=(("Bool", "kms:GrantIsForAWSResource", ("true",)),),
        ),
    )


def read_objects(object_arns: Sequence[str], *, key_arns: Sequence[str], region: str) -> tuple[Statement, ...]:
    """Read objects that are part of what is built, under a customer key of their region."""
    return (
        Statement(sid="LookAtObjects", actions=("s3:GetObject", "s3:GetObjectTagging"), resources=tuple(object_arns)),
        _through_s3("DecryptThroughS3", ("kms:Decrypt",), key_arns, region),
    )


def change_objects(object_arns: Sequence[str], *, key_arns: Sequence[str], region: str) -> tuple[Statement, ...]:
    """Write and delete objects that are part of what is built; a version stays until it is deleted itself."""
    return (
        Statement(
            sid="ChangeObjects",
            actions=("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject", "s3:PutObjectTagging"),
            resources=tuple(object_arns),
        ),
        _through_s3("EncryptThroughS3", ("kms:GenerateDataKey",), key_arns, region),
    )


def _through_s3(sid: str, actions: tuple[str, ...], key_arns: Sequence[str], region: str) -> Statement:
    via = ("StringEquals", "kms:ViaService", (f"s3.{region}.amazonaws.com",))
    return Statement(sid=sid, actions=actions, resources=tuple(key_arns), conditions=(via,))
