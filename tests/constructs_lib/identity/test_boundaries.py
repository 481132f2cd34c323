from __future__ import annotations

from constructs_lib.identity import boundaries

OWN, ROLES = ("arn:of:own/*",), ("arn:of:role/*",)


def test_a_workload_never_gets_at_identities() -> None:
    (most,) = boundaries.workload()
    assert [action for action in most.actions if action.split(":")[0] in ("iam", "sts", "organizations", "*")] == []


def test_a_deployer_has_its_services_and_never_itself() -> None:
    most, in_tasks, itself, unbound = boundaries.deployer(("ecs", "iam"), own_arns=OWN, role_arns=ROLES)
    assert most.actions == ("ecs:*", "iam:*")
    assert (in_tasks.effect, in_tasks.resources, in_tasks.conditions) == ("Deny", ("*",), ())
    assert {"ecs:ExecuteCommand", "ecs:RunTask", "ssm:StartSession"} <= set(in_tasks.actions)
    assert (itself.effect, itself.resources) == ("Deny", OWN)
    assert {"iam:PutRolePolicy", "iam:PassRole", "iam:CreatePolicyVersion"} <= set(itself.actions)
    assert (unbound.effect, unbound.resources) == ("Deny", ROLES)
    assert unbound.actions == ("iam:DeleteRolePermissionsBoundary",)


def test_codedeploy_passes_the_roles_of_tasks_and_no_other() -> None:
    most, passing = boundaries.workload(["arn:of:execution", "arn:of:task"])
    assert set(most.actions) >= {*boundaries.workload()[0].actions, "ecs:*TaskSet"}
    assert not [each for each in most.actions if each.startswith("iam:")]
    assert (passing.actions, passing.resources) == (("iam:PassRole",), ("arn:of:execution", "arn:of:task"))
    assert passing.conditions == (("StringEquals", "iam:PassedToService", ("ecs-tasks.amazonaws.com",)),)


def test_one_policy_may_be_attached_to_named_roles_and_no_other() -> None:
    most, denying = boundaries.workload(denial_arn="arn:of:denial", denied_arns=["arn:of:task", "arn:of:embed"])
    assert not [each for each in most.actions if each.startswith("iam:")]
    assert (denying.actions, denying.resources) == (("iam:AttachRolePolicy",), ("arn:of:task", "arn:of:embed"))
    assert denying.conditions == (("ArnEquals", "iam:PolicyARN", ("arn:of:denial",)),)
    again = boundaries.workload(denial_arn="arn:of:denial", denied_arns=["arn:of:task"], allows_again=True)[1]
    assert (again.actions, again.conditions) == (("iam:AttachRolePolicy", "iam:DetachRolePolicy"), denying.conditions)
