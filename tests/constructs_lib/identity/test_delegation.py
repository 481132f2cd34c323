from __future__ import annotations

from collections.abc import Callable

import pytest

from constructs_lib.identity import delegation
from constructs_lib.identity.policy import Statement
from policies.needs.linked_roles import LINKED_SERVICES
from policies.needs.services.roles import ASSUMES

ROLES = ("arn:aws:iam::222222222222:role/sitechat-dev-*",)
LINKED = "arn:aws:iam::222222222222:role/aws-service-role/"
BUILD = {
    each.sid: each
    for each in delegation.build_bounded_roles(ROLES, boundary_arn="arn:of:boundary", service_linked=LINKED)
}


def test_whatever_gives_a_role_permissions_asks_for_the_boundary() -> None:
    gives = BUILD["BuildBoundedRoles"]
    assert gives.conditions == (("StringEquals", "iam:PermissionsBoundary", ("arn:of:boundary",)),)
    others = {action for sid, each in BUILD.items() if sid != "BuildBoundedRoles" for action in each.actions}
    assert (
        others & {"iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary"}
        == set()
    )


def test_roles_are_passed_to_services_by_name() -> None:
    passing = BUILD["PassToServices"]
    assert passing.resources == (*ROLES, f"{LINKED}config.amazonaws.com/AWSServiceRoleForConfig")
    assert passing.conditions == (("StringEquals", "iam:PassedToService", delegation.PASSED_TO),)
    assert set(delegation.PASSED_TO) == {*ASSUMES, "config.amazonaws.com"}


def test_service_linked_roles_are_those_of_named_services() -> None:
    linked = BUILD["ServiceLinkedRoles"]
    assert linked.resources == (f"{LINKED}*",)
    assert BUILD["KeepRecorderRole"].resources == (f"{LINKED}config.amazonaws.com/AWSServiceRoleForConfig",)
    assert linked.conditions == (("StringEquals", "iam:AWSServiceName", LINKED_SERVICES),)


def test_keys_are_used_through_services_and_lent_to_aws_alone() -> None:
    use, packages, lend = delegation.use_keys(("arn:of:key",), region="eu-west-1", bucket_arn="arn:of:bucket")
    assert use.conditions[0][:2] == ("StringEquals", "kms:ViaService")
    assert "es.eu-west-1.amazonaws.com" in use.conditions[0][2]
    assert "s3.eu-west-1.amazonaws.com" not in use.conditions[0][2]
    assert packages.conditions == (
        ("StringEquals", "kms:ViaService", ("s3.eu-west-1.amazonaws.com",)),
        ("StringEquals", "kms:EncryptionContext:aws:s3:arn", ("arn:of:bucket",)),
    )
    assert lend.conditions == (("Bool", "kms:GrantIsForAWSResource", ("true",)),)


@pytest.mark.parametrize(
    ("allowed", "actions", "key_action"),
    [
        (delegation.read_objects, {"s3:GetObject", "s3:GetObjectTagging"}, "kms:Decrypt"),
        (
            delegation.change_objects,
            {"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject", "s3:PutObjectTagging"},
            "kms:GenerateDataKey",
        ),
    ],
)
def test_objects_are_named_and_their_key_serves_through_s3_alone(
    allowed: Callable[..., tuple[Statement, ...]], actions: set[str], key_action: str
) -> None:
    objects, key = allowed(("arn:of:object",), key_arns=("arn:of:key",), region="eu-west-1")
    assert (set(objects.actions), objects.resources) == (actions, ("arn:of:object",))
    assert (key.actions, key.resources) == ((key_action,), ("arn:of:key",))
    assert key.conditions == (("StringEquals", "kms:ViaService", ("s3.eu-west-1.amazonaws.com",)),)


def test_looking_at_roles_reads_only() -> None:
    found = delegation.read_roles(ROLES)
    assert [action for action in found.actions if not action.startswith(("iam:Get", "iam:List"))] == []
    assert found.resources == ROLES
