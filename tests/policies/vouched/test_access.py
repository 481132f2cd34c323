"""Policies are refused unless they can be read in full and let in nobody but whom constructs let in."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from config import load
from policies.vouched.access import unvouched_access
from policies.vouched.grants import ALLOWED, TAKES_ON
from policies.vouched.types import read_vouched
from tests.support import synthesised
from tests.support.environments import NAMES, varied
from tests.support.shared import environment

ENV = load("dev")
OWN = ENV.account_id
Body = dict[str, Any]


def to_service(service: str) -> Body:
    """A condition on the service that a role is passed to."""
    name = f"{service}.amazonaws.com" if service != "*" else service
    return {"test": "StringEquals", "variable": "iam:PassedToService", "values": [name]}


VIA_S3 = {"test": "StringEquals", "variable": "kms:ViaService", "values": ["s3.us-east-1.amazonaws.com"]}
FROM_OWN = {"test": "StringEquals", "variable": "aws:SourceAccount", "values": [OWN]}


def refused(layer: str, change: Callable[[Body], object]) -> list[str]:
    """What is refused of dev with a change in one layer."""
    layers = {name: template.config for name, template in environment("dev").items()}
    changed = copy.deepcopy(dict(layers[layer]))
    change(changed)
    return list(unvouched_access({**layers, layer: changed}, ENV))


def document(config: Body, prefix: str) -> Body:
    (found,) = [body for name, body in config["data"]["aws_iam_policy_document"].items() if name.startswith(prefix)]
    assert isinstance(found, dict)
    return found


def with_statement(prefix: str, statement: Body, layer: str = "infrastructure") -> list[str]:
    """What is refused where one more statement stands in a document."""
    return refused(layer, lambda config: document(config, prefix)["statement"].append(statement))


@pytest.mark.parametrize("name", NAMES)
def test_policies_of_the_environments_pass(name: str) -> None:
    layers = {layer: template.config for layer, template in environment(name).items()}
    assert list(unvouched_access(layers, load(name))) == []


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"effect": "allow"}, "effect"),
        ({"effect": "Allow "}, "effect"),
        ({"effect": ""}, "effect"),
        ({"effect": None}, "effect"),
        ({"effect": '${"Allow"}'}, "effect"),
        ({"Effect": "Deny"}, "Effect"),
        ({"not_actions": ["s3:GetObject"]}, "not_actions"),
        ({"not_resources": ["x"]}, "not_resources"),
        ({"not_principals": []}, "not_principals"),
        ({"dynamic": {}}, "dynamic"),
        ({"sid": 1}, "sid"),
        ({"actions": ["*"]}, "allows *"),
        ({"actions": ["s3:*"]}, "allows s3:*"),
        ({"actions": ["iam:CreateUser"]}, "iam:CreateUser"),
        ({"actions": ["iam:PassRole"]}, "iam:PassRole to whatever service"),
        ({"actions": ["iam:PassRole"], "condition": [to_service("lambda")]}, "accepts lambda.amazonaws.com"),
        ({"actions": ["iam:PassRole"], "condition": [to_service("*")]}, "accepts *"),
        ({"actions": ["iam:*"]}, "iam:*"),
        ({"actions": ["S3:GetObject"]}, "actions"),
        ({"actions": ["${aws_kms_key.x.arn}"]}, "actions"),
        ({"actions": []}, "actions"),
        ({"actions": None}, "actions"),
        ({"actions": [["s3:GetObject"]]}, "actions"),
        ({"actions": {"a": "s3:GetObject"}}, "actions"),
        ({"resources": [1]}, "resources"),
        ({"resources": []}, "resources"),
        ({"resources": None}, "resources"),
        ({"principals": [{"type": "AWS", "identifiers": ["*"]}]}, "principal"),
        ({"condition": [{"test": "StringEquals", "variable": "aws:SourceVpc", "values": ["x"]}]}, "aws:SourceVpc"),
        ({"condition": [{"test": "Bool", "variable": "aws:ViaAWSService", "values": ["x"]}]}, "aws:ViaAWSService"),
        ({"condition": [{"test": "Bool", "variable": "aws:ViaAWSService"}]}, "condition"),
        ({"condition": "x"}, "condition"),
        ({"effect": "Deny"}, "no condition"),
        ({"actions": ["kms:Decrypt"]}, "under no condition"),
        ({"actions": ["kms:Decrypt"], "condition": [VIA_S3]}, "for whatever bucket"),
    ],
)
def test_a_statement_that_no_construct_writes_is_refused(changes: Body, named: str) -> None:
    statement = {"sid": "X", "effect": "Allow", "actions": ["s3:GetObject"], "resources": ["*"]} | changes
    lines = with_statement("roles_execution_access_document", statement)
    assert lines
    start = "infrastructure/data.aws_iam_policy_document.roles_execution_access_document_"
    assert all(line.startswith(start) for line in lines)
    assert any(named in line for line in lines)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("override_policy_documents", ["{}"]),
        ("source_policy_documents", ["{}"]),
        ("override_json", "{}"),
        ("source_json", "{}"),
        ("dynamic", {"statement": {}}),
        ("policy_id", "x"),
        ("statement", "x"),
        ("statement", []),
        ("statement", ["x"]),
    ],
)
def test_a_document_that_holds_more_than_statements_is_refused(key: str, value: Any) -> None:
    lines = refused(
        "infrastructure", lambda config: document(config, "roles_execution_access_document").update({key: value})
    )
    assert any("unreadable" in line and key in line for line in lines)


def text(**changes: Any) -> str:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:x"} | changes
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def role_policy(policy: Any) -> list[str]:
    """What is refused of one more policy of a role."""

    def add(config: Body) -> None:
        role = next(iter(config["resource"]["aws_iam_role"]))
        config["resource"]["aws_iam_role_policy"]["evil"] = {"role": f"${{aws_iam_role.{role}.name}}", "policy": policy}

    return refused("infrastructure", add)


def test_a_policy_as_plain_text_passes() -> None:
    assert role_policy(text()) == []


@pytest.mark.parametrize(
    "policy",
    [
        '${join("", ["{}"])}',
        '${base64decode("e30=")}',
        "${data.aws_iam_policy.adm.policy}",
        "${data.aws_iam_policy_document.roles_task_trust.json} ",
        "${data.aws_iam_policy_document.nowhere.json}",
        "file://policy.json",
        "",
        None,
        {"Statement": []},
        "{",
        "[]",
        '{"Statement": [], "Statement": []}',
        '{"Version": "2012-10-17"}',
        json.dumps({"statement": [{"Effect": "Allow"}]}),
        text(Effect="allow"),
        text(effect="Allow"),
        text(Action="*"),
        text(Action='${"iam:PassRole"}'),
        text(Action="iam:PassRole"),
        text(Resource=None),
        text(Principal="*"),
        text(NotAction="s3:GetObject"),
        text(NotResource="x"),
        text(NotPrincipal={"AWS": "x"}),
        text(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-evil"}}),
        text(Condition="x"),
        text() + "x",
    ],
)
def test_other_policies_of_a_role_are_unreadable_or_named(policy: Any) -> None:
    lines = role_policy(policy)
    assert lines
    assert all(line.startswith("infrastructure/") for line in lines)


@pytest.mark.parametrize(
    ("kind", "identifier"),
    [
        ("AWS", "arn:aws:iam::999999999999:root"),
        ("AWS", '${format("arn:aws:iam::%s%s:root","999999","999999")}'),
        ("AWS", f"arn:aws:iam::{OWN}:root"),
        ("AWS", f"arn:aws:iam::{OWN}:user/somebody"),
        ("AWS", "AIDACKCEVSQ6C2EXAMPLE"),
        ("AWS", "*"),
        ("*", "*"),
        ("Service", "ec2.amazonaws.com"),
        ("Service", "lambda.amazonaws.com"),
        ("Service", "ecs-tasks.us-east-1.amazonaws.com"),
        ("Service", "ecs-tasks.amazonaws.com.evil.example.org"),
        ("Federated", "token.actions.githubusercontent.com"),
        ("CanonicalUser", "0" * 64),
    ],
)
def test_another_principal_of_a_role_is_refused_by_name(kind: str, identifier: str) -> None:
    principals = [{"type": kind, "identifiers": [identifier]}]
    condition = [FROM_OWN]
    statement = {"actions": ["sts:AssumeRole"], "principals": principals, "condition": condition}
    lines = with_statement("roles_task_trust", statement)
    assert lines
    assert any(identifier in line or "lambda" in line or "anybody" in line or "account" in line for line in lines)


@pytest.mark.parametrize(
    "changes",
    [
        {"condition": None},
        {"condition": [FROM_OWN]},
        {"condition": [FROM_OWN, {"test": "ArnLike", "variable": "aws:SourceArn", "values": ["*"]}]},
        {"actions": ["sts:AssumeRole", "sts:TagSession"]},
        {"actions": ["sts:AssumeRoleWithWebIdentity"]},
        {"principals": None},
    ],
)
def test_a_weaker_trust_is_refused(changes: Body) -> None:
    def weaken(config: Body) -> None:
        statement = document(config, "roles_task_trust")["statement"][0]
        statement.update(changes)
        for key in [key for key, value in changes.items() if value is None]:
            del statement[key]

    assert refused("infrastructure", weaken)


@pytest.mark.parametrize(
    ("test", "variable", "values"),
    [
        ("Bool", "aws:SecureTransport", ["true"]),
        ("StringEquals", "aws:PrincipalOrgID", ["o-evil"]),
        ("StringEquals", "aws:SourceAccount", ["999999999999"]),
        ("StringEquals", "aws:PrincipalAccount", [OWN]),
    ],
)
@pytest.mark.parametrize("kind", ["AWS", "*"])
def test_nobody_else_reads_a_bucket(kind: str, test: str, variable: str, values: list[str]) -> None:
    statement = {
        "sid": "X",
        "actions": ["s3:GetObject"],
        "resources": ["*"],
        "principals": [{"type": kind, "identifiers": ["*"]}],
        "condition": [{"test": test, "variable": variable, "values": values}],
    }
    lines = with_statement("access_logs_bucket_policy_document", statement, "edge")
    assert any("statement X: lets in" in line for line in lines)


@pytest.mark.parametrize(
    "changes",
    [
        {"resources": ["*"]},
        {"resources": ["arn:aws:s3:::*"]},
        {"resources": [f"arn:aws:s3:::sitechat-dev-*-{OWN}-us-east-1/*"]},
        {"resources": ["arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*", f"arn:aws:s3:::other-{OWN}/*"]},
        {"actions": ["s3:GetObject", "s3:PutObject"]},
        {"actions": ["s3:*"]},
        {"condition": [{"test": "StringEquals", "variable": "aws:PrincipalAccount", "values": [OWN]}]},
        {"condition": [{"test": "Bool", "variable": "aws:SecureTransport", "values": ["yes"]}]},
        {"condition": []},
    ],
)
def test_a_gateway_endpoint_reaches_no_more_than_named_buckets(changes: Body) -> None:
    def widen(config: Body) -> None:
        document(config, "gateway_endpoint_s3_policy")["statement"][0].update(changes)

    assert any("gateway_endpoint_s3_policy" in line for line in refused("infrastructure", widen))


def test_an_endpoint_without_a_policy_is_refused() -> None:
    def strip(config: Body) -> None:
        for body in config["resource"]["aws_vpc_endpoint"].values():
            body.pop("policy")

    assert any("aws_vpc_endpoint" in line and "policy" in line for line in refused("infrastructure", strip))


def test_a_role_is_taken_on_by_the_service_that_uses_it_alone() -> None:
    def swap(config: Body) -> None:
        statement = document(config, "roles_task_trust")["statement"][0]
        statement["principals"][0]["identifiers"] = ["scheduler.amazonaws.com"]

    (line,) = refused("infrastructure", swap)
    assert "lets in scheduler, but aws_ecs_task_definition." in line


@pytest.mark.parametrize("value", ["x", f"arn:aws:iam::{OWN}:role/administrator", "${aws_kms_key.key.arn}", 1, None])
@pytest.mark.parametrize(
    ("layer", "kind", "argument"),
    [
        ("infrastructure", "aws_iam_role_policy", "role"),
        ("service", "aws_ecs_task_definition", "task_role_arn"),
        ("service", "aws_ecs_task_definition", "execution_role_arn"),
        ("workflows", "aws_lambda_function", "role"),
    ],
)
def test_a_role_is_named_by_reference(layer: str, kind: str, argument: str, value: Any) -> None:
    def rename(config: Body) -> None:
        next(iter(config["resource"][kind].values()))[argument] = value

    (line,) = refused(layer, rename)
    assert line.startswith(f"{layer}/{kind}.")
    assert f": {argument}: no role that is built here" in line


def test_what_is_let_in_has_a_type_that_constructs_use() -> None:
    assert set(ALLOWED) - set(read_vouched().resource) == set()
    assert set(TAKES_ON) - set(read_vouched().resource) == set()


@pytest.mark.parametrize(
    "role",
    [
        f"arn:aws:iam::{OWN}:role/somebody",
        f"arn:aws:iam::{OWN}:role/sitechat-dev-us-east-1-ingestion-load-2",
        "arn:aws:iam::222222222222:role/sitechat-dev-us-east-1-ingestion-load",
        f"arn:aws:iam::{OWN}:role/*",
    ],
)
def test_a_domain_lets_in_by_name_only_roles_that_are_built(role: str) -> None:
    def swap(config: Body) -> None:
        (writers,) = [each for each in document(config, "search_access_596")["statement"] if each["sid"] == "Writers"]
        writers["principals"][0]["identifiers"] = [role]

    assert any(f"lets in AWS {role}" in line for line in refused("llm", swap))


def test_a_role_below_a_path_is_not_let_in_by_the_name_of_one_without() -> None:
    def move(config: Body) -> None:
        for name, role in config["resource"]["aws_iam_role"].items():
            if name.startswith("loader_role_"):
                role["path"] = "/other/"

    assert any("statement Writers: lets in AWS" in line for line in refused("llm", move))


@pytest.mark.parametrize(
    "resources",
    [
        ["*"],
        ["arn:aws:cloudwatch:us-east-1:111111111111:alarm:*"],
        ["arn:aws:cloudwatch:us-east-1:111111111111:alarm:x"],
    ],
)
def test_an_alarm_is_put_by_whoever_keeps_its_threshold_alone(resources: list[str]) -> None:
    statement = {"sid": "X", "effect": "Allow", "actions": ["cloudwatch:PutMetricAlarm"], "resources": resources}
    lines = with_statement("roles_execution_access_document", statement)
    assert len(lines) == 1
    assert "allows cloudwatch:PutMetricAlarm of other alarms" in lines[0]


@pytest.mark.parametrize("resource", ["*", "arn:aws:logs:us-east-1:{account}:log-group:/ecs/another:*"])
def test_x_ray_writes_spans_and_nothing_else(resource: str) -> None:
    env = varied("dev", monitoring__transaction_search="own")
    built = {layer: copy.deepcopy(dict(template.config)) for layer, template in synthesised.layers(env).items()}
    assert list(unvouched_access(built, env)) == []
    documents = built["monitoring"]["data"]["aws_iam_policy_document"]
    (document,) = (body for name, body in documents.items() if name.startswith("transaction_search"))
    document["statement"][0]["resources"].append(resource.format(account=env.account_id))
    (line,) = unvouched_access(built, env)
    assert "lets X-Ray write other log groups than those of spans" in line
