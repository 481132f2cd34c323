from __future__ import annotations

import json
from dataclasses import replace

import pytest
from constructs import Construct

from config.place import Place
from constructs_lib.identity.function_role import FunctionNames, FunctionSurroundings
from constructs_lib.releases import hook
from constructs_lib.releases.hook import HookNames, HookQuestion, HookVpc, ReleaseHook
from constructs_lib.releases.hook_lambda import inner, outer
from constructs_lib.releases.hook_lambda.asking import Asked
from tests.constructs_lib.security.test_code_signing import signing
from tests.support.synthesised import Resource, Template, template

KEY = "arn:aws:kms:us-east-1:111111111111:key/1"
TOPIC = "arn:aws:sns:us-east-1:111111111111:alarms"
NAMES = HookNames(
    inner=FunctionNames("r-release-test", "release-test", "/app/release/test"),
    outer=FunctionNames("r-release-hook", "release-hook", "/app/release/hook"),
)


def _build(scope: Construct, names: HookNames = NAMES) -> None:
    ReleaseHook(
        scope,
        "hook",
        names=names,
        service=("main", "app"),
        question=HookQuestion("alb.internal", "chat.example.com", "/health", "What is this?"),
        vpc=HookVpc("vpc-1", ("subnet-1", "subnet-2"), "sg-alb"),
        signing=signing(scope).signer,
        surroundings=FunctionSurroundings(Place("111111111111", "us-east-1", "aws"), KEY, 30, TOPIC),
    )


@pytest.fixture(scope="module")
def config() -> Template:
    return template(_build)


def _function(config: Template, name: str) -> Resource:
    return config.one("aws_lambda_function", f"/{name}")


@pytest.mark.parametrize(
    ("name", "attribute", "value"),
    [
        ("inner", "function_name", "release-test"),
        ("inner", "handler", "hook_lambda.inner.handle"),
        ("outer", "function_name", "release-hook"),
        ("outer", "handler", "hook_lambda.outer.handle"),
        *(
            (name, attribute, value)
            for name in ("inner", "outer")
            for attribute, value in (
                ("kms_key_arn", KEY),
                ("architectures", ["arm64"]),
                ("runtime", "python3.13"),
                ("dead_letter_config", {"target_arn": TOPIC}),
                ("tracing_config", {"mode": "PassThrough"}),
            )
        ),
    ],
)
def test_default(config: Template, name: str, attribute: str, value: object) -> None:
    assert _function(config, name)[attribute] == value


def test_the_functions_read_what_the_construct_writes(config: Template) -> None:
    assert (hook.INNER, hook.OUTER) == (inner.VARIABLE, outer.VARIABLE)
    asked = inner.configured(_function(config, "inner")["environment"]["variables"])
    assert asked == Asked("alb.internal", 8443, "chat.example.com", "/health", "What is this?", True, 100)
    assert _function(config, "outer")["environment"]["variables"].keys() == {outer.VARIABLE}
    told = json.loads(_function(config, "outer")["environment"]["variables"][outer.VARIABLE])
    assert outer.NewTasks(**told) == outer.NewTasks("release-test", "main", "app")


def test_each_wait_ends_before_the_one_around_it(config: Template) -> None:
    """Questions, function, its caller's wait, and the caller with time left to report to CodeDeploy, three times."""
    within, around = (_function(config, name)["timeout"] for name in ("inner", "outer"))
    report, look = 3 * (outer.REPORT_SECONDS + 10), 2 * (outer.LOOK_SECONDS + 10)
    assert hook.ASK_SECONDS < within < outer.INVOKE_SECONDS < outer.INVOKE_SECONDS + 10 + report + look <= around
    assert around < 3600


def test_only_the_inner_function_is_in_the_vpc(config: Template) -> None:
    assert _function(config, "inner")["vpc_config"]["subnet_ids"] == ["subnet-1", "subnet-2"]
    assert "vpc_config" not in _function(config, "outer")


def test_the_inner_function_reaches_the_port_for_tests_and_nothing_else(config: Template) -> None:
    out = config.one("aws_vpc_security_group_egress_rule")
    into = config.one("aws_vpc_security_group_ingress_rule")
    assert (out["referenced_security_group_id"], into["security_group_id"]) == ("sg-alb", "sg-alb")
    assert into["referenced_security_group_id"] == out["security_group_id"]
    assert [out["security_group_id"]] == _function(config, "inner")["vpc_config"]["security_group_ids"]
    assert {rule[port] for rule in (out, into) for port in ("from_port", "to_port")} == {8443}


def test_the_inner_function_may_do_nothing_but_run(config: Template) -> None:
    assert set(config.statements("inner_role/role/access_document")) == {
        "WriteLog",
        "ReadConfiguration",
        "Publish",
        "EncryptForSns",
        "AttachToVpc",
        "LookUpVpc",
        "NotTheCode",
    }


def test_the_outer_function_asks_the_inner_one_and_reports(config: Template) -> None:
    statements = config.statements("outer_role/role/access_document")
    assert statements["AskTasks"]["resources"] == ["arn:aws:lambda:us-east-1:111111111111:function:release-test"]
    assert statements["AskTasks"]["actions"] == ["lambda:InvokeFunction"]
    assert statements["LookAtTaskSets"]["actions"] == ["ecs:DescribeServices"]
    assert statements["LookAtTaskSets"]["resources"] == ["arn:aws:ecs:us-east-1:111111111111:service/main/app"]
    assert statements["ReportResult"]["actions"] == ["codedeploy:PutLifecycleEventHookExecutionStatus"]
    assert "AttachToVpc" not in statements


def test_lambda_gets_the_signed_copy_and_takes_no_other(config: Template) -> None:
    (job,) = config.all("aws_signer_signing_job")
    (allowed,) = config.all("aws_lambda_code_signing_config")
    for name in ("inner", "outer"):
        function = _function(config, name)
        assert function["s3_key"] == f"${{aws_signer_signing_job.{job}.signed_object[0].s3[0].key}}"
        assert function["code_signing_config_arn"] == f"${{aws_lambda_code_signing_config.{allowed}.arn}}"


def test_the_inner_function_waits_for_its_way(config: Template) -> None:
    waits = {each.split(".")[0] for each in _function(config, "inner")["depends_on"]}
    assert waits == {
        "aws_iam_role_policy",
        "aws_vpc_security_group_egress_rule",
        "aws_vpc_security_group_ingress_rule",
    }


def test_ecs_calls_the_inner_function_and_needs_no_other() -> None:
    config = template(lambda scope: _build(scope, replace(NAMES, outer=None)))
    assert config.one("aws_lambda_function")["function_name"] == "release-test"
    assert config.one("aws_iam_role")["name"] == "r-release-test"
