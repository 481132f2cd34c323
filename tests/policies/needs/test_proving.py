"""Every need of every environment is allowed, every permission is needed, and each can be missed."""

from __future__ import annotations

from functools import cache

import pytest

from policies.needs.arns import Arns
from policies.needs.evaluation import Policies
from policies.needs.facts import FACTS
from policies.needs.linked_roles import LINKED_ROLES
from policies.needs.need import SERVICE, Need, need_of
from policies.needs.proving import Judgement, all_needs, judge, survivors
from policies.needs.reasons import REASONS
from policies.needs.services.roles import ASSUMES
from policies.proof.configuration import Configuration
from policies.proof.permissions import walk
from tests.policies.proof.configurations import (
    ALL,
    Break,
    Configs,
    backend,
    broken,
    ci,
    configuration,
    copied,
    environment_with_ci,
    statement,
)

_BOTH = "said on both sides: the domain's policy shuts everybody else out, the role's says what the role is for"
# Statements whose removal no need notices, because another one allows the same: beginning of the document, and reason.
SURVIVORS = {
    ("bootstrap_role_access", "ConfigureDomain"): _BOTH,
    ("search_access", "SearchIndex"): _BOTH,
    ("search_access", "Administrator"): _BOTH,
    ("search_access", "Readers"): _BOTH,
    ("search_access", "Writers"): _BOTH,
    ("loader_role_access", "WriteIndex"): _BOTH,
    (
        "models_model_access",
        "ReadGuardrail",
    ): "with shells in tasks the role may decrypt for itself (DecryptExecSessions)",
    ("model_switch_switch_access", "DecryptSwitch"): "with shells in tasks the role may decrypt for itself",
}


@cache
def judged(name: str) -> Judgement:
    return judge(configuration(name))


def needs(name: str) -> list[Need]:
    return list(all_needs(configuration(name), Arns(configuration(name))))


@pytest.mark.parametrize("name", ALL)
def test_every_need_is_allowed_and_every_permission_needed(name: str) -> None:
    assert judged(name).missing == ()
    assert judged(name).unused == ()
    assert judged(name).problems == ()
    assert judged(name).requests > 50


@cache
def unnoticed(name: str) -> frozenset[tuple[str, str]]:
    """Documents and statements of an environment that can be taken out without a refused request."""
    return frozenset((each.document.rpartition(".")[2], each.sid) for each in survivors(configuration(name)))


@pytest.mark.parametrize("name", ALL)
def test_each_allowing_statement_is_missed_when_it_is_gone(name: str) -> None:
    listed = {
        found for found in unnoticed(name) for start, sid in SURVIVORS if found[0].startswith(start) and found[1] == sid
    }
    assert unnoticed(name) - listed == set()


@pytest.mark.parametrize("survivor", SURVIVORS, ids=" ".join)
def test_a_survivor_that_is_listed_survives(survivor: tuple[str, str]) -> None:
    start, sid = survivor
    found = {each for name in ALL for each in unnoticed(name)}
    assert any(document.startswith(start) and survived == sid for document, survived in found)


# Statements of a CI's boundary that only roles of other layers use: see the test of environment and CI together.
OF_OTHER_LAYERS = {
    "dev": {"AtMost"},
    "prod": {"AtMost", "AtMostDenyModels", "AtMostKeepThresholds", "AtMostReadQuotas", "AtMostToTasks"},
}


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_roles_of_a_ci_are_held_to_the_same(name: str) -> None:
    roles = judge(ci(name))
    assert (roles.missing, roles.unused, roles.problems) == ((), (), ())
    assert roles.requests > 1_000


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_each_statement_of_a_ci_is_missed_when_it_is_gone(name: str) -> None:
    found = {(each.document.rpartition(".")[2].rpartition("_document")[0], each.sid) for each in survivors(ci(name))}
    assert found == {
        *(("boundary_policy", sid) for sid in OF_OTHER_LAYERS[name]),
        ("change_state_policy", "EncryptPackages"),  # in us-east-1 the objects of the edge have the same key
    }


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_ceiling_of_an_environments_roles_leaves_out_nothing_they_need(name: str) -> None:
    together = environment_with_ci(name)
    found = judge(together)
    assert found.missing == ()
    ceilings = [each for each in walk(together).permissions if each.kind == "boundary" and ".boundary_" in each.holder]
    assert {each.sid for each in ceilings} == OF_OTHER_LAYERS[name]
    bounded = Policies.of(together, walk(together).permissions, Arns(together)).boundary
    for ceiling in ceilings:
        assert len([role for role, group in bounded.items() if ceiling.key in {each.key for each in group}]) >= 4
    assert {each.key for each in ceilings}.isdisjoint(each.key for each in survivors(together))


def test_old_roles_of_a_ci_are_refused_by_name() -> None:
    def without(*actions: str) -> Break:
        def take(configs: Configs) -> None:
            for document in configs["ci"]["data"]["aws_iam_policy_document"].values():
                for each in document["statement"]:
                    each["actions"] = [action for action in each["actions"] if action not in actions]

        return take

    missing = judge(ci("prod", without("ec2:GetSecurityGroupsForVpc", "logs:UpdateDeliveryConfiguration"))).missing
    asked = {gap.detail.partition(" can't call ")[2].partition(" ")[0] for gap in missing}
    assert asked == {"ec2:GetSecurityGroupsForVpc", "logs:UpdateDeliveryConfiguration"}


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_backend_is_held_to_the_same(name: str) -> None:
    judged_backend = judge(backend(name))
    assert (judged_backend.missing, judged_backend.unused, judged_backend.problems) == ((), (), ())
    assert judged_backend.requests


@pytest.mark.parametrize("name", ALL)
def test_every_service_that_a_policy_names_has_needs(name: str) -> None:
    named = {
        identifier
        for each in walk(configuration(name)).permissions
        for kind, identifier in each.principals
        if kind == "Service" and each.allows
    }
    assert named == {need.who.removeprefix(SERVICE) for need in needs(name) if need.who.startswith(SERVICE)}


def test_the_trail_as_it_was_is_refused_by_name() -> None:
    def as_it_was(configs: Configs) -> None:
        encrypts = statement(configs, "security", "key_policy", "TrailEncrypts")
        encrypts["actions"] = ["kms:GenerateDataKey*"]
        trails = "arn:aws:cloudtrail:*:111111111111:trail/*"
        encrypts["condition"].append(
            {"test": "StringLike", "variable": "kms:EncryptionContext:aws:cloudtrail:arn", "values": [trails]}
        )

    missing = judge(broken("prod", as_it_was)).missing
    details = [gap.detail for gap in missing]
    assert {gap.address.partition("/")[0] for gap in missing} == {"security"}
    assert any("can't call kms:Decrypt" in each for each in details)
    assert any(
        "statement TrailEncrypts almost fits: StringLike on kms:EncryptionContext:aws:cloudtrail:arn" in each
        for each in details
    )


def test_a_service_that_nothing_sets_to_work_is_named() -> None:
    def let_in(configs: Configs) -> None:
        one = statement(configs, "infrastructure", "alarms_policy_document", "ServicesOfThisAccount")
        one["principals"][0]["identifiers"].append("codestar-notifications.amazonaws.com")

    (gap,) = judge(broken("prod", let_in)).unused
    assert gap.address.startswith("infrastructure/aws_sns_topic_policy.")
    assert gap.detail == "statement ServicesOfThisAccount: no need of codestar-notifications.amazonaws.com uses it"


def test_an_action_under_a_condition_that_never_comes_with_it_is_unused() -> None:
    def describe(configs: Configs) -> None:
        statement(configs, "infrastructure", "key_policy", "LogGroupsOfThisAccount")["actions"].append(
            "kms:DescribeKey"
        )

    (gap,) = judge(broken("prod", describe)).unused
    assert gap.detail == "statement LogGroupsOfThisAccount: no need uses kms:DescribeKey"


def test_a_need_without_a_fact_is_refused() -> None:
    with pytest.raises(ValueError, match="no fact"):
        Need("service:a", ("s3:GetObject",), "*", "hearsay")


@pytest.mark.parametrize("note", [{}, {"who": "a"}, {"who": "a", "actions": 1, "on": "*", "fact": "bundles"}, []])
def test_a_malformed_note_is_refused(note: object) -> None:
    with pytest.raises(ValueError, match="malformed"):
        need_of(note)  # type: ignore[arg-type]


def test_a_note_with_an_unknown_part_is_refused() -> None:
    written = Need("service:a", ("s3:GetObject",), "*", "bundles").note()
    with pytest.raises(ValueError, match="extra"):
        need_of(written | {"extra": 1})


def test_a_note_is_read_as_it_was_written() -> None:
    need = Need("service:a", ("s3:GetObject",), "*", "bundles", {"aws:SourceAccount": "1"}, in_vpc=True)
    assert need_of(need.note()) == need


def test_needs_stand_in_the_layers_by_the_construct_that_declares_them() -> None:
    declared = copied("prod")["llm"]["//"]["needs"]
    assert {"llm", "llm/models", "llm/bootstrap_role"} <= declared.keys()


def test_every_fact_has_a_source_and_is_used_somewhere() -> None:
    roles = ci("prod")
    used = {need.fact for name in ALL for need in needs(name)} | {need.fact for need in all_needs(roles, Arns(roles))}
    assert {name for name, fact in FACTS.items() if not fact.source or not fact.read} == set()
    assert FACTS.keys() - used == set(ELSEWHERE)


# Facts that no environment here has a use for, and what has.
ELSEWHERE = {
    **dict.fromkeys(("ecs-shifts-assumes", "ecs-shifts", "ecs-calls-hook"), "ECS's own deployments, `make synth-next`"),
    "queue-key": "queues under a customer key, tests/policies/needs/test_encryption.py",
}


def test_every_service_that_takes_on_roles_does_so_somewhere() -> None:
    trusted = {
        identifier
        for name in ALL
        for each in walk(configuration(name)).permissions
        if each.kind == "trust"
        for _, identifier in each.principals
    }
    assert trusted == set(ASSUMES)


def test_every_linked_role_is_of_a_type_that_some_environment_builds() -> None:
    built = {kind for name in ALL for kind, _, _ in configuration(name).everything()}
    assert LINKED_ROLES.keys() <= built


def test_without_any_one_reason_something_is_unused() -> None:
    for reason in REASONS:
        others = [each for each in REASONS if each != reason]
        looked_at = (*map(configuration, ALL), ci("prod"))
        assert any(judge(each, reasons=others).unused for each in looked_at), reason


def test_a_layer_without_policies_has_no_needs() -> None:
    empty = Configuration({"one": {"provider": {"aws": [{"region": "us-east-1"}]}}})
    assert judge(empty) == Judgement((), (), (), 0)
