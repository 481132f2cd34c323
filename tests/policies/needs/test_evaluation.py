"""One request is decided as IAM decides it in one account; each kind of policy can refuse it."""

from __future__ import annotations

from typing import Any

import pytest

from policies.needs.arns import Arns
from policies.needs.evaluation import Decision, Policies, decide, requests_of
from policies.needs.need import ANYONE, Need, service
from policies.proof.configuration import Configuration
from policies.proof.permissions import walk

ACCOUNT = "111111111111"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:alarms"
Body = dict[str, Any]


def statement(**arguments: Any) -> Body:
    return {"sid": "One", "effect": "Allow", "actions": ["sns:Publish"], "resources": [TOPIC], **arguments}


def principal(kind: str, *identifiers: str) -> list[Body]:
    return [{"type": kind, "identifiers": list(identifiers)}]


def where(test: str, key: str, *values: str) -> list[Body]:
    return [{"test": test, "variable": key, "values": list(values)}]


def layer(**documents: list[Body]) -> Body:
    """A role, a topic, a key and an endpoint; `documents` are statements by what holds them."""
    resources: Body = {
        "aws_iam_role": {"worker": {"name": "worker"}},
        "aws_sns_topic": {"alarms": {"name": "alarms"}},
        "aws_kms_key": {"key": {}},
    }
    holders: dict[str, tuple[str, Body, str]] = {
        "identity": ("aws_iam_role_policy", {"role": "${aws_iam_role.worker.name}"}, "policy"),
        "topic": ("aws_sns_topic_policy", {"arn": "${aws_sns_topic.alarms.arn}"}, "policy"),
        "key": ("aws_kms_key", {}, "policy"),
        "endpoint": ("aws_vpc_endpoint", {"service_name": "com.amazonaws.us-east-1.sns"}, "policy"),
        "boundary": ("aws_iam_policy", {"name": "ceiling"}, "policy"),
    }
    data: Body = {}
    for holder, statements in documents.items():
        data[holder] = {"statement": statements}
        kind, body, attribute = holders[holder]
        name = "key" if holder == "key" else holder
        resources.setdefault(kind, {})[name] = body | {attribute: f"${{data.aws_iam_policy_document.{holder}.json}}"}
    if "boundary" in documents:
        resources["aws_iam_role"]["worker"]["permissions_boundary"] = "${aws_iam_policy.boundary.arn}"
    return {
        "provider": {"aws": [{"region": "us-east-1", "allowed_account_ids": [ACCOUNT]}]},
        "resource": resources,
        "data": {"aws_iam_policy_document": data},
    }


def decided(config: Body, need: Need) -> Decision:
    configuration = Configuration({"one": config})
    arns = Arns(configuration)
    policies = Policies.of(configuration, walk(configuration).permissions, arns)
    (request,) = requests_of(need, arns)
    return decide(request, policies)


def publishes(who: str = ROLE, **arguments: Any) -> Need:
    return Need(who, ("sns:Publish",), TOPIC, "alarm-publishes", **arguments)


ALARMS = service("cloudwatch.amazonaws.com")


@pytest.mark.parametrize(
    ("config", "need"),
    [
        (layer(identity=[statement()]), publishes()),
        (layer(identity=[statement(actions=["SNS:publish"])]), publishes()),
        (layer(topic=[statement(principals=principal("AWS", ROLE))]), publishes()),
        (layer(topic=[statement(principals=principal("Service", "cloudwatch.amazonaws.com"))]), publishes(ALARMS)),
        (
            layer(identity=[statement()], boundary=[statement(actions=["sns:*"], resources=["*"])]),
            publishes(),
        ),
        (
            layer(identity=[statement()], endpoint=[statement(principals=principal("AWS", "*"))]),
            publishes(in_vpc=True),
        ),
        (layer(endpoint=[statement(principals=principal("AWS", "*"))]), publishes(ANYONE, in_vpc=True)),
    ],
    ids=["identity", "any case", "resource", "service", "boundary", "endpoint", "anyone"],
)
def test_an_allowed_request_names_what_allows_it(config: Body, need: Need) -> None:
    decision = decided(config, need)
    assert decision.allowed
    assert decision.by


@pytest.mark.parametrize(
    ("config", "need", "says"),
    [
        (layer(), publishes(), "the role's policies"),
        (layer(identity=[statement(actions=["sns:Subscribe"])]), publishes(), "it lists sns:Subscribe"),
        (layer(identity=[statement(resources=[f"{TOPIC}-other"])]), publishes(), "it is about"),
        (layer(identity=[statement()]), publishes(ALARMS), "the resource's policy"),
        (layer(topic=[statement(principals=principal("AWS", f"{ROLE}-other"))]), publishes(), "it names"),
        (
            layer(identity=[statement(condition=where("StringEquals", "aws:SourceVpc", "vpc-1"))]),
            publishes(),
            "aws:SourceVpc",
        ),
        (
            layer(identity=[statement()], boundary=[statement(actions=["s3:*"], resources=["*"])]),
            publishes(),
            "it lists s3:*",
        ),
        (
            layer(
                identity=[statement()],
                endpoint=[statement(principals=principal("AWS", "*"), resources=["arn:aws:sns:::other"])],
            ),
            publishes(in_vpc=True),
            "arn:aws:sns:::other",
        ),
        (layer(endpoint=[]), publishes(ANYONE, in_vpc=True), "an endpoint or boundary on the way"),
        (
            layer(identity=[statement(actions=[], not_actions=["sns:Subscribe"])]),
            publishes(),
            "it lists",
        ),
    ],
    ids=[
        "no policy",
        "action",
        "resource",
        "service without a policy",
        "principal",
        "condition",
        "boundary",
        "endpoint",
        "empty endpoint",
        "negation",
    ],
)
def test_a_refused_request_names_what_comes_nearest(config: Body, need: Need, says: str) -> None:
    decision = decided(config, need)
    assert not decision.allowed
    reasons = [reason for each in decision.nearest for reason in each.reasons]
    assert says in " ".join((*reasons, decision.missing))


def test_anyone_needs_no_endpoint() -> None:
    assert decided(layer(), publishes(ANYONE, in_vpc=True)).allowed


def test_a_denial_wins_wherever_it_stands() -> None:
    allow, deny = statement(), statement(sid="Never", effect="Deny")
    anyone = principal("AWS", "*")
    for config in (
        layer(identity=[allow, deny]),
        layer(identity=[allow], topic=[statement(sid="Never", effect="Deny", principals=anyone)]),
        layer(identity=[allow], boundary=[statement(actions=["*"], resources=["*"]), deny]),
    ):
        decision = decided(config, publishes())
        assert decision.denied
        assert [each.permission.sid for each in decision.nearest] == ["Never"]


def test_a_denial_under_a_condition_that_does_not_hold_is_none() -> None:
    deny = statement(sid="Never", effect="Deny", condition=where("Bool", "aws:SecureTransport", "false"))
    assert decided(layer(identity=[statement(), deny]), publishes()).allowed


def test_a_key_asks_its_own_policy_and_the_role() -> None:
    use = {"actions": ["kms:Decrypt"], "resources": ["*"]}
    root = principal("AWS", f"arn:aws:iam::{ACCOUNT}:root")
    need = Need(ROLE, ("kms:Decrypt",), "${aws_kms_key.one__key.arn}", "secret-key")
    handed_on = statement(sid="Account", principals=root, actions=["kms:*"], resources=["*"])
    assert decided(layer(identity=[statement(**use)], key=[handed_on]), need).allowed
    assert not decided(layer(key=[handed_on]), need).allowed
    assert not decided(layer(identity=[statement(**use)], key=[statement(sid="Other", principals=root)]), need).allowed
    # The policy that AWS gives a key by itself leaves everything to IAM policies.
    assert decided(layer(identity=[statement(**use)]), need).allowed
    named = statement(sid="Role", principals=principal("AWS", ROLE), **use)
    assert decided(layer(identity=[statement(**use)], key=[named]), need).allowed


def test_a_policy_whose_place_nobody_knows_is_a_problem() -> None:
    config = layer()
    config["resource"]["aws_glacier_vault"] = {"a": {"policy": "${data.aws_iam_policy_document.a.json}"}}
    config["data"]["aws_iam_policy_document"] = {"a": {"statement": [statement()]}}
    configuration = Configuration({"one": config})
    found = Policies.of(configuration, walk(configuration).permissions, Arns(configuration))
    assert found.problems == ["one/aws_glacier_vault.a: nobody knows what its policy protects"]
