"""Every policy of every environment allows what it is for and nothing else."""

from __future__ import annotations

import json

import pytest

from policies.proof.configuration import Configuration
from policies.proof.exceptions import EXCEPTIONS, Exemption, unexcused
from policies.proof.permissions import walk
from policies.proof.privilege import BOUNDARY_RULES, RULES, privilege_faults
from tests.policies.proof.configurations import (
    ALL,
    Break,
    Configs,
    backend,
    broken,
    ci,
    configuration,
    settings,
    statement,
)

ANYONE = [{"type": "AWS", "identifiers": ["*"]}]


@pytest.mark.parametrize("name", ALL)
def test_no_policy_allows_more_than_it_is_for(name: str) -> None:
    found = unexcused(privilege_faults(configuration(name)))
    if not settings(name).bedrock.guardrail:
        # Chosen by name, and seen: nothing but that.
        assert {fault.rule for fault in found} == {"unguarded-model"}
        return
    assert [str(fault) for fault in found] == []


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_backend_is_held_to_the_same(name: str) -> None:
    assert [str(fault) for fault in unexcused(privilege_faults(backend(name)))] == []
    assert {each.document for each in walk(backend(name)).permissions} == set(
        backend(name).all("data.aws_iam_policy_document")
    )


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_roles_of_ci_are_held_to_the_same(name: str) -> None:
    assert [str(fault) for fault in unexcused(privilege_faults(ci(name)))] == []
    assert {each.document for each in walk(ci(name)).permissions} == set(ci(name).all("data.aws_iam_policy_document"))


@pytest.mark.parametrize("name", ALL)
def test_every_policy_document_is_walked(name: str) -> None:
    found = configuration(name)
    written = {*found.all("data.aws_iam_policy_document"), *found.all("aws_lambda_permission")}
    assert {each.document for each in walk(found).permissions} == written


@pytest.mark.parametrize("exemption", EXCEPTIONS, ids=lambda each: f"{each.rule}-{each.document}-{each.sid}")
def test_without_any_one_exception_the_proof_is_red(exemption: Exemption) -> None:
    others = [each for each in EXCEPTIONS if each != exemption]
    assert any(unexcused(privilege_faults(each), others) for each in (*map(configuration, ALL), ci("prod")))


def change(layer: str, document: str, sid: str, **values: object) -> Break:
    return lambda configs: statement(configs, layer, document, sid).update(values)


def drop_conditions(layer: str, document: str, sid: str) -> Break:
    def drop(configs: Configs) -> None:
        del statement(configs, layer, document, sid)["condition"]

    return drop


def attach_managed_policy(configs: Configs) -> None:
    configs["llm"]["resource"]["aws_iam_role_policy_attachment"] = {"admin": {"role": "x", "policy_arn": "arn"}}


def as_text(policy: str) -> Break:
    def plant(configs: Configs) -> None:
        configs["llm"]["resource"]["aws_iam_role_policy"]["planted"] = {"role": "x", "policy": policy}

    return plant


EVERYTHING = json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
TRUST_ANYONE = json.dumps({"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}})


def forget_denial(configs: Configs) -> None:
    document = next(
        body
        for name, body in configs["llm"]["data"]["aws_iam_policy_document"].items()
        if name.startswith("models_model_access")
    )
    document["statement"] = [each for each in document["statement"] if each["sid"] != "NeverWithoutGuardrail"]


PLANTED: list[tuple[str, Break]] = [
    ("wildcard-action", change("infrastructure", "roles_execution_access", "PullImages", actions=["ecr:*"])),
    ("wildcard-action", change("llm", "bootstrap_role_access", "ConfigureDomain", actions=["es:ESHttp?ut"])),
    ("unknown-action", change("infrastructure", "roles_execution_access", "PullImages", actions=["ecr:PullImage"])),
    ("wildcard-resource", change("infrastructure", "roles_execution_access", "ReadSecrets", resources=["*"])),
    (
        "wildcard-resource",
        change("infrastructure", "roles_execution_access", "ReadSecrets", resources=["arn:aws:secretsmanager:*:*:*"]),
    ),
    ("negation", change("infrastructure", "roles_execution_access", "ReadSecrets", not_actions=["iam:CreateUser"])),
    ("any-principal", change("infrastructure", "key_policy", "PublishersOfThisAccount", principals=ANYONE)),
    ("any-principal", change("infrastructure", "alarms_policy", "ServicesOfThisAccount", principals=ANYONE)),
    ("confused-deputy", drop_conditions("infrastructure", "roles_task_trust", "Assume")),
    ("confused-deputy", drop_conditions("infrastructure", "alarms_policy", "ServicesOfThisAccount")),
    (
        "confused-deputy",
        change(
            "infrastructure",
            "key_policy",
            "LogGroupsOfThisAccount",
            condition=[{"test": "ArnLike", "variable": "aws:SourceArn", "values": ["arn:aws:logs:*:*:*"]}],
        ),
    ),
    (
        "pass-role",
        change(
            "llm", "bootstrap_role_access", "WriteLog", actions=["iam:PassRole"], resources=["arn:aws:iam::1:role/*"]
        ),
    ),
    (
        "unnamed-model",
        change("llm", "models_model_access", "Embed", resources=["arn:aws:bedrock:*::foundation-model/*"]),
    ),
    ("unguarded-model", drop_conditions("llm", "models_model_access", "GenerateModel")),
    ("unguarded-model", forget_denial),
    ("unbounded-decrypt", drop_conditions("infrastructure", "roles_execution_access", "DecryptForSecretsmanager")),
    (
        "other-account",
        change(
            "infrastructure",
            "roles_task_trust",
            "Assume",
            principals=[{"type": "AWS", "identifiers": ["arn:aws:iam::999999999999:root"]}],
        ),
    ),
    (
        "other-account",
        change(
            "infrastructure",
            "roles_task_trust",
            "Assume",
            condition=[{"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["999999999999"]}],
        ),
    ),
    ("unreadable", attach_managed_policy),
    ("wildcard-action", as_text(EVERYTHING)),
    ("wildcard-resource", as_text(EVERYTHING)),
    ("any-principal", as_text(TRUST_ANYONE)),
    ("unreadable", as_text("${jsonencode({})}")),
    ("unreadable", as_text('{"Statement": [{"Efect": "Allow"}]}')),
]


def in_ci(document: str, sid: str, **values: object) -> Break:
    return lambda configs: statement(configs, "ci", document, sid).update(values)


def equals(**claims: list[str]) -> list[dict[str, object]]:
    issuer = "token.actions.githubusercontent.com"
    return [{"test": "StringEquals", "variable": f"{issuer}:{key}", "values": each} for key, each in claims.items()]


AUD, SUB = ["sts.amazonaws.com"], ["repo:acme/site-chat:pull_request"]
CUSTOM = "repository_owner:acme"
WITH_IDS = "repo:acme@1/site-chat@2:pull_request"
LIKE = [{**equals(sub=["repo:acme/*"])[0], "test": "StringLike"}, *equals(aud=AUD)]
PLANTED_IN_CI: list[tuple[str, Break]] = [
    ("loose-subject", in_ci("plan_trust", "AssumeFromWorkflow", condition=equals(aud=AUD))),
    ("loose-subject", in_ci("plan_trust", "AssumeFromWorkflow", condition=equals(sub=SUB))),
    ("loose-subject", in_ci("plan_trust", "AssumeFromWorkflow", condition=LIKE)),
    ("loose-subject", in_ci("apply_trust", "AssumeFromWorkflow", condition=equals(aud=AUD, sub=["repo:acme/*"]))),
    ("loose-subject", in_ci("plan_trust", "AssumeFromWorkflow", condition=equals(aud=AUD, sub=[*SUB, WITH_IDS]))),
    ("loose-subject", in_ci("plan_trust", "AssumeFromWorkflow", condition=equals(aud=AUD, sub=[CUSTOM]))),
    ("pass-role-anywhere", in_ci("change_state_policy", "PassToServices", condition=[])),
    ("open-boundary", in_ci("ceiling_policy", "AtMost", actions=["*"])),
    ("unknown-action", in_ci("boundary_policy", "AtMost", actions=["s3:GetEverything"])),
    ("negation", in_ci("boundary_policy", "AtMost", not_actions=["iam:CreateUser"])),
    ("wildcard-action", in_ci("look_network_policy", "LookEc2", actions=["ec2:*"])),
    ("wildcard-resource", in_ci("look_service_policy", "LookEcr", resources=["*"])),
    ("unbounded-decrypt", in_ci("look_state_policy", "UseStateKey", condition=[])),
]


@pytest.mark.parametrize(("rule", "planted"), PLANTED_IN_CI)
def test_a_weakness_planted_in_the_roles_of_ci_is_refused_by_name(rule: str, planted: Break) -> None:
    assert {fault.rule for fault in unexcused(privilege_faults(ci("prod", planted)))} == {rule}


@pytest.mark.parametrize(("rule", "planted"), PLANTED)
def test_a_planted_weakness_is_refused_by_name(rule: str, planted: Break) -> None:
    assert rule in {fault.rule for fault in unexcused(privilege_faults(broken("prod", planted)))}


def test_every_rule_has_refused_something() -> None:
    assert {rule for rule, _ in (*PLANTED, *PLANTED_IN_CI)} == {*RULES, *BOUNDARY_RULES, "other-account", "unreadable"}


def test_an_empty_account_has_no_fault() -> None:
    empty: Configs = {"layer": {"provider": {"aws": [{"region": "us-east-1"}]}}}
    assert privilege_faults(Configuration(empty)) == []
