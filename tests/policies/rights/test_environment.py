from __future__ import annotations

from dataclasses import replace

import pytest

from config import load
from policies.rights.asked import UnknownTypeError, linked_services
from policies.rights.delegation import PASSED_TO
from policies.rights.deployer import Deployer
from policies.rights.environment import deployer_of
from policies.rights.grant import ATTACHED_POLICIES, POLICY_CHARACTERS, Grant, characters, split
from policies.rights.match import allows
from tests.support.environments import NAMES, varied
from tests.support.shared import environment


def deployer(name: str) -> Deployer:
    return deployer_of(load(name), {layer: template.config for layer, template in environment(name).items()})


def actions(grants: tuple[Grant, ...]) -> set[str]:
    return {action for each in grants for action in each.actions if each.effect == "Allow"}


@pytest.mark.parametrize("name", NAMES)
def test_the_policies_fit_a_role(name: str) -> None:
    for grants in (deployer(name).plan(), deployer(name).apply()):
        policies = split(grants)
        assert len(policies) <= ATTACHED_POLICIES
        assert max(map(characters, policies)) <= POLICY_CHARACTERS
        for policy in policies:
            sids = [each.sid for each in policy]
            assert len(sids) == len(set(sids))
            assert all(sid.isalnum() for sid in sids)


@pytest.mark.parametrize("name", NAMES)
def test_the_doctors_questions_fit_beside_an_apply(name: str) -> None:
    policies = [*split(deployer(name).apply()), *split(deployer(name).doctor())]
    assert len(policies) <= ATTACHED_POLICIES
    assert max(map(characters, policies)) <= POLICY_CHARACTERS


@pytest.mark.parametrize("name", NAMES)
def test_to_apply_contains_to_plan(name: str) -> None:
    plan, apply = deployer(name).plan(), deployer(name).apply()
    assert apply[: len(plan)] == plan
    assert actions(plan) < actions(apply)
    assert "iam:PassRole" not in actions(plan)


@pytest.mark.parametrize("name", NAMES)
def test_roles_are_passed_to_the_services_they_trust(name: str) -> None:
    found = deployer(name).passed_to
    assert {"ecs-tasks.amazonaws.com", "vpc-flow-logs.amazonaws.com"} <= set(found)
    assert set(found) <= set(PASSED_TO)
    assert "elasticloadbalancing.amazonaws.com" in linked_services(deployer(name).kinds)


def test_a_feature_that_is_off_asks_for_nothing() -> None:
    assert "es:CreateDomain" in actions(deployer("prod").apply())
    assert "es:CreateDomain" not in actions(deployer("local").apply())


def test_who_deploys_releases_by_codedeploy_where_the_strategy_does_and_fits_a_role() -> None:
    shifted = deployer("prod")
    rolling = replace(shifted, kinds=shifted.kinds - {"aws_codedeploy_deployment_group"})
    asked = {"codedeploy:CreateDeployment", "codedeploy:StopDeployment", "logs:FilterLogEvents"}
    assert not asked & actions(rolling.apply())
    assert asked <= actions(shifted.apply())
    assert len(split(shifted.apply())) <= ATTACHED_POLICIES


def test_who_owns_transaction_search_may_switch_it_and_have_its_log_groups_made_but_not_deleted() -> None:
    owner = deployer("prod")
    spans = "arn:aws:logs:us-east-1:111111111111:log-group:aws/spans:log-stream:"
    assert allows(owner.plan(), "cloudformation:GetResource", "*")
    assert allows(owner.plan(), "xray:GetTraceSegmentDestination", "*")
    for switches in (
        "cloudformation:CreateResource",
        "cloudformation:DeleteResource",
        "xray:UpdateTraceSegmentDestination",
    ):
        assert allows(owner.apply(), switches, "*")
        assert not allows(owner.plan(), switches, "*")
    assert allows(owner.apply(), "logs:CreateLogGroup", spans)
    assert not allows(owner.apply(), "logs:DeleteLogGroup", spans)
    assert "application-signals.cloudwatch.amazonaws.com" in linked_services(owner.kinds)
    assert not allows(deployer("dev").apply(), "logs:CreateLogGroup", spans)
    assert not allows(deployer("dev").apply(), "cloudformation:CreateResource", "*")


def test_with_a_ci_roles_are_bounded_and_stay_so() -> None:
    env = varied("dev", ci__repository="acme/site-chat")
    found = deployer_of(env, {layer: template.config for layer, template in environment("dev").items()})
    grants = {each.sid: each for each in found.apply()}
    assert grants["BuildBoundedRoles"].conditions == (("StringEquals", "iam:PermissionsBoundary", (env.boundary_arn,)),)
    assert not allows(found.apply(), "iam:DeleteRolePermissionsBoundary", found.role_arns[0].replace("*", "web"))
    assert "BuildRoles" in {each.sid for each in deployer("dev").apply()}


def test_a_type_that_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(UnknownTypeError, match="aws_quantum_ledger"):
        replace(deployer("local"), kinds=frozenset({"aws_quantum_ledger"})).plan()


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", "arn:aws:s3:::sitechat-state-123456789012-us-east-1/sitechat/prod/us-east-1/edge.tfstate"),
        ("iam:CreateRole", "arn:aws:iam::123456789012:role/sitechat-prod-us-east-1-web"),
        ("iam:CreateRole", "arn:aws:iam::123456789012:role/admin"),
        ("iam:CreateUser", "arn:aws:iam::123456789012:user/x"),
        (
            "secretsmanager:GetSecretValue",
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:sitechat/local/k-AbCdEf",
        ),
    ],
)
def test_other_environments_and_stored_values_stay_out_of_reach(action: str, resource: str) -> None:
    assert not allows(deployer("local").apply(), action, resource)


def test_the_state_of_the_environment_and_its_locks_are_within_reach() -> None:
    plan, state = deployer("local").plan(), "arn:aws:s3:::sitechat-state-123456789012-us-east-1"
    assert allows(plan, "s3:GetObject", f"{state}/sitechat/local/us-east-1/service.tfstate")
    assert allows(plan, "dynamodb:PutItem", "arn:aws:dynamodb:us-east-1:123456789012:table/sitechat-state-lock")
    assert not allows(plan, "s3:PutObject", f"{state}/sitechat/local/us-east-1/service.tfstate")
    assert allows(deployer("local").apply(), "s3:PutObject", f"{state}/sitechat/local/us-east-1/service.tfstate")


def test_a_domain_that_is_there_is_named_alone() -> None:
    places = {arn for grant in deployer("local").plan() for arn in grant.resources if ":domain/" in arn}
    assert places == {"arn:aws:es:us-east-1:123456789012:domain/local-search"}
