"""Rights by IAM's policy simulator.

The emulated AWS has no simulator: its answers are recorded in the form of AWS's service model, and stubbed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.stub import Stubber

from pipeline.doctor.account import rights
from pipeline.doctor.account.asking import Account, UnansweredError
from policies.rights.grant import Grant
from policies.rights.simulation import questions
from tests.pipeline.doctor.conftest import Describe, answers

SSO = "arn:aws:iam::222222222222:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Deploy_0123456789abcdef"
SESSION = "arn:aws:sts::222222222222:assumed-role/AWSReservedSSO_Deploy_0123456789abcdef/ann"
GRANTS = (
    Grant("Look", (*(f"ec2:Describe{number}" for number in range(rights.BATCH)), "ec2:DescribeVpcs"), ("*",)),
    Grant(
        "Pass",
        ("iam:PassRole",),
        ("arn:aws:iam::222222222222:role/sitechat-dev-*",),
        (("StringEquals", "iam:PassedToService", ("ecs-tasks.amazonaws.com",)),),
    ),
)


def identity(arn: str) -> tuple[str, Mapping[str, Any]]:
    return "get_caller_identity", {"UserId": "x", "Account": "222222222222", "Arn": arn}


def role(arn: str) -> tuple[str, Mapping[str, Any]]:
    name = arn.rpartition("/")[2]
    body = {"Path": "/", "RoleName": name, "RoleId": "AROA0123456789ABCDEF", "Arn": arn, "CreateDate": 0}
    return "get_role", {"Role": body}


def decided(decision: str, *actions: str) -> Mapping[str, Any]:
    return {"EvaluationResults": [{"EvalActionName": each, "EvalDecision": decision} for each in actions]}


def test_the_roles_arn_is_asked_for_and_not_the_sessions(describe: Describe) -> None:
    account = describe()
    answers(account, "sts", identity(SESSION))
    answers(account, "iam", role(SSO))
    assert rights.find_principal(account) == SSO


def test_a_user_is_asked_for_as_it_is(describe: Describe) -> None:
    account = describe()
    answers(account, "sts", identity("arn:aws:iam::222222222222:user/ops/ann"))
    assert rights.find_principal(account) == "arn:aws:iam::222222222222:user/ops/ann"


@pytest.mark.parametrize(
    ("arn", "reason"),
    [
        ("arn:aws:iam::222222222222:root", "root user can't be simulated"),
        ("arn:aws:sts::222222222222:federated-user/ann", "neither a role nor a user"),
    ],
)
def test_who_cannot_be_simulated_is_told(describe: Describe, arn: str, reason: str) -> None:
    account = describe()
    answers(account, "sts", identity(arn))
    with pytest.raises(UnansweredError, match=reason):
        rights.find_principal(account)


def test_questions_go_in_batches_with_resource_and_context(describe: Describe) -> None:
    account = describe()
    stubber = Stubber(account.client("iam"))
    *first, last = GRANTS[0].actions
    passing, (where,) = GRANTS[1].actions, GRANTS[1].resources
    everywhere = {"PolicySourceArn": SSO, "ResourceArns": ["*"], "ContextEntries": []}
    stubber.add_response(
        "simulate_principal_policy", decided("allowed", *first), everywhere | {"ActionNames": list(first)}
    )
    stubber.add_response(
        "simulate_principal_policy", decided("implicitDeny", last), everywhere | {"ActionNames": [last]}
    )
    context = {
        "ContextKeyName": "iam:PassedToService",
        "ContextKeyValues": ["ecs-tasks.amazonaws.com"],
        "ContextKeyType": "string",
    }
    asked = {"PolicySourceArn": SSO, "ActionNames": list(passing), "ContextEntries": [context]}
    stubber.add_response(
        "simulate_principal_policy",
        decided("explicitDeny", *passing),
        asked | {"ResourceArns": [where.replace("*", "example")]},
    )
    stubber.activate()
    assert rights.refused(account, SSO, GRANTS) == ("ec2:DescribeVpcs", "iam:PassRole")
    stubber.assert_no_pending_responses()


def test_what_an_apply_needs_follows_from_the_environment(describe: Describe) -> None:
    """Everything is allowed: the finding counts the actions of the environment's own policy."""
    account = describe("[search]\nenabled = false\n")
    answers(account, "sts", identity("arn:aws:iam::222222222222:user/ann"))
    needed = rights._grants(account)
    actions = {action for each in needed if each.effect == "Allow" for action in each.actions}
    assert "ec2:CreateVpc" in actions
    assert "es:CreateDomain" not in actions
    stubber = Stubber(account.client("iam"))
    for question in questions(needed, region=account.env.region):
        for _ in range(0, len(question.actions), rights.BATCH):
            stubber.add_response("simulate_principal_policy", decided("allowed", "any"))
    stubber.activate()
    (found,) = rights.examine(account)
    assert found.light == "green", found
    assert f"all {len(actions)} actions" in found.detail


def test_what_is_missing_is_red_by_name_and_says_what_a_simulation_leaves_out() -> None:
    found = rights.compare_rights(SSO, ["iam:PassRole"], 300, "prod")
    assert found.light == "red"
    assert "may not iam:PassRole" in found.detail
    assert "as far as simulated" in found.detail
    assert "sitechat rights --env prod" in found.fix


def test_many_missing_actions_are_counted() -> None:
    found = rights.compare_rights(SSO, [f"ec2:A{number}" for number in range(rights.SHOWN + 3)], 300, "prod")
    assert found.detail.count("ec2:") == rights.SHOWN
    assert "and 3 more" in found.detail


def test_nothing_missing_is_green_as_far_as_simulated() -> None:
    found = rights.compare_rights(SSO, [], 300, "prod")
    assert (found.light, "as far as simulated" in found.detail) == ("green", True)


def test_who_may_not_ask_is_told_which_permission_is_missing(describe: Describe) -> None:
    account: Account = describe()
    stubber = Stubber(account.client("iam"))
    stubber.add_client_error("simulate_principal_policy", "AccessDenied")
    stubber.activate()
    with pytest.raises(UnansweredError, match="SimulatePrincipalPolicy answers AccessDenied") as caught:
        rights.refused(account, SSO, GRANTS)
    assert caught.value.fix == "Allow this role to call SimulatePrincipalPolicy."
