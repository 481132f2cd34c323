"""Statements for a role that builds other roles, and that encrypts what it creates with customer keys."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from policies.needs.services.roles import ASSUMES, ASSUMES_NEXT
from policies.proof.authorization import only_reads
from policies.rights.grant import Condition, Grant
from policies.rights.places import about_roles

# Services that roles of environments are passed to. The recorder runs in a role that AWS Config owns.
PASSED_TO = tuple(sorted((*ASSUMES, "config.amazonaws.com")))


def passed_to(*, native: bool) -> tuple[str, ...]:
    """The services that roles of an environment are passed to; `native` where ECS shifts its releases by itself."""
    return tuple(sorted({*PASSED_TO, *(ASSUMES_NEXT if native else ())}))


# What gives a role permissions.
_GIVE = frozenset(("iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"))
_PASS, _LINK = "iam:PassRole", "iam:CreateServiceLinkedRole"
# What is done with a service-linked role that is built here; its permissions are the service's.
_OF_LINKED = ("iam:DeleteServiceLinkedRole", "iam:GetServiceLinkedRoleDeletionStatus")
_KEEP_LINKED = (
    *_OF_LINKED,
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateRoleDescription",
)


def read_roles(
    actions: Collection[str], role_arns: Sequence[str], *, service_linked: str, verb: str
) -> tuple[Grant, ...]:
    """Read roles and their policies: those of the actions that only read, and are about roles.

    `service_linked` is how the ARNs of service-linked roles begin; `verb` begins the statement's id.
    """
    reads = tuple(sorted(each for each in actions if about_roles(each) and only_reads(each) and each not in _OF_LINKED))
    return (Grant(f"{verb}AtRoles", reads, (*role_arns, f"{service_linked}*")),) if reads else ()


def build_roles(
    actions: Collection[str],
    role_arns: Sequence[str],
    *,
    boundary_arn: str | None,
    service_linked: str,
    passed_to: Sequence[str],
    linked_services: Sequence[str],
) -> tuple[Grant, ...]:
    """Build roles, those of the actions that are about roles, and hand them to services.

    With `boundary_arn` only roles that carry this permissions boundary: without one, whoever may write a role's policy
    and pass the role on may do anything (IAM user guide, "Delegating responsibility to others using permissions
    boundaries"). `service_linked` is how the ARNs of service-linked roles begin. An environment builds that of AWS
    Config itself.
    """
    return tuple(
        _building(
            {each for each in actions if about_roles(each) and not only_reads(each)},
            tuple(role_arns),
            boundary_arn,
            service_linked,
            (tuple(passed_to), tuple(linked_services)),
        )
    )


def _building(
    actions: Collection[str],
    role_arns: tuple[str, ...],
    boundary_arn: str | None,
    service_linked: str,
    services: tuple[tuple[str, ...], tuple[str, ...]],
) -> Iterator[Grant]:
    passed_to, linked = services
    bounded: Condition = ("StringEquals", "iam:PermissionsBoundary", (boundary_arn or "",))
    give = tuple(sorted(_GIVE & {*actions}))
    keep = tuple(sorted({*actions} - _GIVE - {_PASS, _LINK, *_OF_LINKED}))
    recorder = f"{service_linked}config.amazonaws.com/AWSServiceRoleForConfig"
    records = "config.amazonaws.com" in linked
    if give:
        yield Grant(
            "BuildBoundedRoles" if boundary_arn else "BuildRoles", give, role_arns, (bounded,) * bool(boundary_arn)
        )
    if keep:
        yield Grant("KeepRoles", keep, role_arns)
    if passed_to:
        resources = (*role_arns, *((recorder,) if records else ()))
        yield Grant("PassToServices", (_PASS,), resources, (("StringEquals", "iam:PassedToService", passed_to),))
    if linked:
        named: Condition = ("StringEquals", "iam:AWSServiceName", linked)
        yield Grant("ServiceLinkedRoles", (_LINK,), (f"{service_linked}*",), (named,))
    if records:
        yield Grant("KeepRecorderRole", _KEEP_LINKED, (recorder,))


def use_keys(key_arns: Sequence[str], *, services: Sequence[str], region: str) -> tuple[Grant, ...]:
    """Let services encrypt with customer keys what is created in them (KMS developer guide, `kms:ViaService`)."""
    if not services:
        return ()
    via = tuple(f"{each}.{region}.amazonaws.com" for each in services)
    return (
        Grant(
            sid="EncryptThroughServices",
            actions=("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"),
            resources=tuple(key_arns),
            conditions=(("StringEquals", "kms:ViaService", via),),
        ),
        Grant(
            sid="LendKeysToServices",
            actions=("kms:CreateGrant",),
            resources=tuple(key_arns),
            conditions=(("Bool", "kms:GrantIsForAWSResource", ("true",)),),
        ),
    )


def encrypt_packages(key_arns: Sequence[str], *, region: str, bucket_arn: str) -> Grant:
    """Let S3 encrypt the packages in a bucket; AWS Signer and Lambda read and write them with the caller's permissions.

    A bucket with a key of its own names itself and not the object ("Changes to note", S3 guide, bucket keys).
    """
    return Grant(
        sid="EncryptPackages",
        actions=("kms:Decrypt", "kms:GenerateDataKey"),
        resources=tuple(key_arns),
        conditions=(
            ("StringEquals", "kms:ViaService", (f"s3.{region}.amazonaws.com",)),
            ("StringEquals", "kms:EncryptionContext:aws:s3:arn", (bucket_arn,)),
        ),
    )


def decrypt_objects(key_arns: Sequence[str], *, region: str) -> Grant:
    """Read objects under a customer key of their region."""
    return _through_s3("DecryptThroughS3", "kms:Decrypt", key_arns, region)


def encrypt_objects(key_arns: Sequence[str], *, region: str) -> Grant:
    """Write objects under a customer key of their region."""
    return _through_s3("EncryptThroughS3", "kms:GenerateDataKey", key_arns, region)


def _through_s3(sid: str, action: str, key_arns: Sequence[str], region: str) -> Grant:
    via = ("StringEquals", "kms:ViaService", (f"s3.{region}.amazonaws.com",))
    return Grant(sid=sid, actions=(action,), resources=tuple(key_arns), conditions=(via,))
