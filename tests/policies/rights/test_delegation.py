from __future__ import annotations

import pytest

from policies.rights import delegation
from policies.rights.grant import Grant

ROLES = ("arn:aws:iam::222222222222:role/sitechat-dev-*",)
LINKED = "arn:aws:iam::222222222222:role/aws-service-role/"
ACTIONS = (
    "ec2:CreateVpc",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:GetRole",
    "iam:PassRole",
    "iam:PutRolePolicy",
    "iam:UpdateAccountPasswordPolicy",
)


def build(
    boundary: str | None = "arn:of:boundary", linked: tuple[str, ...] = ("config.amazonaws.com",)
) -> dict[str, Grant]:
    grants = delegation.build_roles(
        ACTIONS,
        ROLES,
        boundary_arn=boundary,
        service_linked=LINKED,
        passed_to=("ecs-tasks.amazonaws.com",),
        linked_services=linked,
    )
    return {each.sid: each for each in grants}


def test_whatever_gives_a_role_permissions_asks_for_the_boundary() -> None:
    found = build()
    gives = found["BuildBoundedRoles"]
    assert gives.actions == ("iam:CreateRole", "iam:PutRolePolicy")
    assert gives.conditions == (("StringEquals", "iam:PermissionsBoundary", ("arn:of:boundary",)),)
    others = {action for sid, each in found.items() if sid != "BuildBoundedRoles" for action in each.actions}
    assert others & {"iam:CreateRole", "iam:PutRolePolicy"} == set()


def test_without_a_boundary_none_is_asked_for() -> None:
    found = build(boundary=None)
    assert found["BuildRoles"].conditions == ()
    assert "BuildBoundedRoles" not in found


def test_only_what_is_about_roles_is_granted_on_roles() -> None:
    assert build()["KeepRoles"] == Grant("KeepRoles", ("iam:DeleteRole",), ROLES)


def test_roles_are_passed_to_services_by_name() -> None:
    passing = build()["PassToServices"]
    assert passing.resources == (*ROLES, f"{LINKED}config.amazonaws.com/AWSServiceRoleForConfig")
    assert passing.conditions == (("StringEquals", "iam:PassedToService", ("ecs-tasks.amazonaws.com",)),)
    assert build(linked=())["PassToServices"].resources == ROLES


def test_service_linked_roles_are_those_of_named_services() -> None:
    found = build()
    assert found["ServiceLinkedRoles"].resources == (f"{LINKED}*",)
    assert found["ServiceLinkedRoles"].conditions == (
        ("StringEquals", "iam:AWSServiceName", ("config.amazonaws.com",)),
    )
    assert found["KeepRecorderRole"].resources == (f"{LINKED}config.amazonaws.com/AWSServiceRoleForConfig",)
    assert {"ServiceLinkedRoles", "KeepRecorderRole"} & set(build(linked=())) == set()


def test_keys_are_used_through_services_and_lent_to_aws_alone() -> None:
    use, lend = delegation.use_keys(("arn:of:key",), services=("ecr", "es"), region="eu-west-1")
    assert use.conditions == (
        ("StringEquals", "kms:ViaService", ("ecr.eu-west-1.amazonaws.com", "es.eu-west-1.amazonaws.com")),
    )
    assert lend.conditions == (("Bool", "kms:GrantIsForAWSResource", ("true",)),)
    assert delegation.use_keys(("arn:of:key",), services=(), region="eu-west-1") == ()


def test_the_key_of_packages_serves_their_bucket_alone() -> None:
    packages = delegation.encrypt_packages(("arn:of:key",), region="eu-west-1", bucket_arn="arn:of:bucket")
    assert packages.conditions == (
        ("StringEquals", "kms:ViaService", ("s3.eu-west-1.amazonaws.com",)),
        ("StringEquals", "kms:EncryptionContext:aws:s3:arn", ("arn:of:bucket",)),
    )


@pytest.mark.parametrize(
    ("grant", "action"),
    [
        (delegation.decrypt_objects(("arn:of:key",), region="eu-west-1"), "kms:Decrypt"),
        (delegation.encrypt_objects(("arn:of:key",), region="eu-west-1"), "kms:GenerateDataKey"),
    ],
)
def test_the_key_of_objects_serves_through_s3_alone(grant: Grant, action: str) -> None:
    assert (grant.actions, grant.resources) == ((action,), ("arn:of:key",))
    assert grant.conditions == (("StringEquals", "kms:ViaService", ("s3.eu-west-1.amazonaws.com",)),)


def test_looking_at_roles_reads_only() -> None:
    found = delegation.read_roles(ACTIONS, ROLES, service_linked=LINKED, verb="Look")
    assert found == (Grant("LookAtRoles", ("iam:GetRole",), (*ROLES, f"{LINKED}*")),)
