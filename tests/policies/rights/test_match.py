from __future__ import annotations

from policies.rights.grant import Grant
from policies.rights.match import allows

ROLE = "arn:aws:iam::222222222222:role/sitechat-dev-web"
BOUNDED = ("StringEquals", "iam:PermissionsBoundary", ("arn:of:boundary",))
GRANTS = (
    Grant("Look", ("iam:Get*",), ("*",)),
    Grant("Build", ("iam:CreateRole",), ("arn:aws:iam::222222222222:role/sitechat-dev-*",), (BOUNDED,)),
    Grant("Never", ("iam:CreateRole",), ("arn:aws:iam::222222222222:role/*-ci-*",), effect="Deny"),
)


def test_action_and_resource_both_have_to_match() -> None:
    assert allows(GRANTS, "iam:GetRole", ROLE)
    assert allows(GRANTS, "iam:CreateRole", ROLE)
    assert not allows(GRANTS, "iam:CreateRole", "arn:aws:iam::222222222222:role/other")
    assert not allows(GRANTS, "iam:DeleteRole", ROLE)


def test_a_deny_wins() -> None:
    assert not allows(GRANTS, "iam:CreateRole", "arn:aws:iam::222222222222:role/sitechat-dev-ci-plan")


def test_a_resource_that_is_not_known_matches_every_allow() -> None:
    assert allows(GRANTS, "iam:CreateRole")


def test_a_condition_is_held_to_what_is_known() -> None:
    assert allows(GRANTS, "iam:CreateRole", ROLE, {"iam:PermissionsBoundary": "arn:of:boundary"})
    assert not allows(GRANTS, "iam:CreateRole", ROLE, {"iam:PermissionsBoundary": "arn:of:another"})


def test_case_of_actions_does_not_matter() -> None:
    assert allows(GRANTS, "iam:getrole", ROLE)
