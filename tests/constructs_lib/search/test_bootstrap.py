from __future__ import annotations

import json
from pathlib import Path

import pytest
from cdktf import App, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider
from constructs import Construct

from config.place import Place
from constructs_lib.identity.function_role import FunctionNames, FunctionSurroundings
from constructs_lib.search.bootstrap import SHARED, SOURCE, DomainContent, SearchBootstrap
from constructs_lib.search.bootstrap_lambda.handler import configured
from constructs_lib.search.bootstrap_lambda.steps import Settings
from constructs_lib.search.bootstrap_role import BootstrapRole
from constructs_lib.search.domain import VpcOptions
from constructs_lib.security.package import build_package
from tests.constructs_lib.security.test_code_signing import signing
from tests.support.synthesised import Resource, Template, template

KEY = "arn:aws:kms:us-east-1:111111111111:key/1"
TOPIC = "arn:aws:sns:us-east-1:111111111111:alarms"
DOMAIN = "arn:aws:es:us-east-1:111111111111:domain/sitechat-dev-search"
CONTENT = DomainContent(
    endpoint="https://search.example", index="site", readers=("arn:of:task",), writers=("arn:of:w",)
)


def _build(scope: Construct, content: DomainContent = CONTENT) -> None:
    role = BootstrapRole(
        scope,
        "role",
        names=FunctionNames(
            "sitechat-dev-us-east-1-search-bootstrap", "sitechat-dev-search-bootstrap", "/sitechat/dev/search/bootstrap"
        ),
        domain_arn=DOMAIN,
        surroundings=FunctionSurroundings(Place("111111111111", "us-east-1", "aws"), KEY, 30, TOPIC),
    )
    SearchBootstrap(
        scope,
        "bootstrap",
        role=role,
        content=content,
        signing=signing(scope).signer,
        vpc_id="vpc-1",
        domain_vpc=VpcOptions(("subnet-1",), "sg-search"),
        kms_key_arn=KEY,
    )


@pytest.fixture(scope="module")
def config() -> Template:
    return template(_build)


@pytest.fixture(scope="module")
def function(config: Template) -> Resource:
    return config.one("aws_lambda_function")


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("handler", "bootstrap_lambda.handler.handle"),
        ("architectures", ["arm64"]),
        ("kms_key_arn", KEY),
        ("timeout", 300),
        ("tracing_config", {"mode": "PassThrough"}),
    ],
)
def test_default(function: Resource, attribute: str, value: object) -> None:
    assert function[attribute] == value


def test_the_function_reads_what_the_construct_writes(function: Resource) -> None:
    runtime = {"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    _, settings = configured({**runtime, **function["environment"]["variables"]})
    assert settings == Settings(
        index="site", dimensions=1024, replicas=0, readers=("arn:of:task",), writers=("arn:of:w",)
    )


def test_the_function_waits_for_its_permissions(config: Template, function: Resource) -> None:
    (policy,) = config.all("aws_iam_role_policy")
    assert function["depends_on"] == [f"aws_iam_role_policy.{policy}"]


def test_the_function_logs_to_its_own_encrypted_group(config: Template, function: Resource) -> None:
    group = config.one("aws_cloudwatch_log_group")
    assert (group["name"], group["retention_in_days"], group["kms_key_id"]) == (
        "/sitechat/dev/search/bootstrap",
        30,
        KEY,
    )
    assert function["logging_config"]["log_group"].startswith("${aws_cloudwatch_log_group.")


def test_a_new_domain_content_or_code_runs_it_again(config: Template, function: Resource) -> None:
    run = config.one("aws_lambda_invocation")
    assert run["triggers"] == {
        "code": config.one("aws_s3_object")["source_hash"],
        "content": function["environment"]["variables"]["SEARCH_BOOTSTRAP"],
    }
    assert json.loads(run["triggers"]["content"])["endpoint"] == "https://search.example"


def test_lambda_gets_the_signed_copy_and_takes_no_other(config: Template, function: Resource) -> None:
    (job,) = config.all("aws_signer_signing_job")
    (allowed,) = config.all("aws_lambda_code_signing_config")
    assert function["s3_key"] == f"${{aws_signer_signing_job.{job}.signed_object[0].s3[0].key}}"
    assert function["s3_bucket"] == config.one("aws_signer_signing_job")["destination"]["s3"]["bucket"]
    assert function["code_signing_config_arn"] == f"${{aws_lambda_code_signing_config.{allowed}.arn}}"
    assert not {"filename", "source_code_hash"} & set(function)


def test_the_run_waits_for_the_way_to_the_domain(config: Template) -> None:
    dependencies = config.one("aws_lambda_invocation")["depends_on"]
    assert {name.split(".")[0] for name in dependencies} == {
        "aws_vpc_security_group_egress_rule",
        "aws_vpc_security_group_ingress_rule",
    }


def test_a_failure_that_nobody_waits_for_is_reported(function: Resource) -> None:
    assert function["dead_letter_config"] == {"target_arn": TOPIC}


def test_the_function_reaches_the_domain_and_nothing_else(config: Template) -> None:
    out = config.one("aws_vpc_security_group_egress_rule")
    into = config.one("aws_vpc_security_group_ingress_rule")
    assert (out["referenced_security_group_id"], into["security_group_id"]) == ("sg-search", "sg-search")
    assert into["referenced_security_group_id"] == out["security_group_id"]
    assert {rule["from_port"] for rule in (out, into)} == {443}
    assert {rule["to_port"] for rule in (out, into)} == {443}


@pytest.mark.parametrize(
    ("sid", "resources"),
    [
        ("ConfigureDomain", [f"{DOMAIN}/*"]),
        ("ReadConfiguration", [KEY]),
        ("Publish", [TOPIC]),
        ("EncryptForSns", [KEY]),
        ("AttachToVpc", ["arn:aws:ec2:us-east-1:111111111111:*/*"]),
        ("LookUpVpc", ["*"]),
    ],
)
def test_the_role_may_only(config: Template, sid: str, resources: list[str]) -> None:
    assert config.statements("access_document")[sid]["resources"] == resources


def test_the_code_itself_may_not_touch_the_network(config: Template) -> None:
    statements = config.statements("access_document")
    denied = statements["NotTheCode"]
    assert denied["effect"] == "Deny"
    assert set(denied["actions"]) == {*statements["AttachToVpc"]["actions"], *statements["LookUpVpc"]["actions"]}
    assert denied["condition"][0]["values"] == [
        "arn:aws:lambda:us-east-1:111111111111:function:sitechat-dev-search-bootstrap"
    ]


def test_only_lambda_of_this_account_assumes_the_role(config: Template) -> None:
    trust = config.statements("role/trust")["Assume"]
    assert trust["principals"] == [{"type": "Service", "identifiers": ["lambda.amazonaws.com"]}]
    assert trust["condition"][0]["values"] == ["111111111111"]


def test_the_package_lies_where_terraform_looks(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path / "out"))
    stack = TerraformStack(app, "stack")
    AwsProvider(stack, "aws")
    _build(stack)
    app.synth()
    folder = tmp_path / "out/stacks/stack"
    source = Template(json.loads((folder / "cdk.tf.json").read_text())).one("aws_s3_object")
    package = build_package(SOURCE.name, tmp_path, sources=(SOURCE,), with_modules=SHARED)
    assert (folder / source["source"]).read_bytes() == package.path.read_bytes()
    assert source["source_hash"] == package.sha256_base64
