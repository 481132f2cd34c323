"""Types and arguments that no construct uses are refused; the list holds none that no environment has."""

from __future__ import annotations

from typing import Any

import pytest

from config import load
from policies.vouched.types import read_vouched, unknown_types
from tests.support.environments import NAMES, varied
from tests.support.shared import configurations, environment
from tests.support.template import Template

ENV = load("dev")


def refused(section: str, kind: str, body: Any) -> list[str]:
    return list(unknown_types({"edge": {section: {kind: {"x": body}}}}, ENV))


@pytest.mark.parametrize(
    ("section", "kind"),
    [
        ("resource", "aws_evil"),
        ("resource", "AWS_SNS_TOPIC"),
        ("resource", "aws_sns_topic "),
        ("resource", "null_resource"),
        ("resource", "aws_iam_openid_connect_provider"),
        ("resource", "aws_iam_role_policy_attachment"),
        ("resource", "terraform_remote_state"),
        ("data", "http"),
        ("data", "external"),
        ("data", "aws_lambda_invocation"),
        ("data", "aws_secretsmanager_secret_version"),
        ("data", "aws_sns_topic"),
    ],
)
def test_a_type_that_no_construct_uses_is_refused(section: str, kind: str) -> None:
    (line,) = refused(section, kind, {})
    prefix = "data." if section == "data" else ""
    assert line.startswith(f"edge/{prefix}{kind}.x: unknown type: nobody vouches for it; ")


GENERIC = "aws_cloudcontrolapi_resource"
SEARCH = "AWS::XRay::TransactionSearchConfig"


@pytest.mark.parametrize(
    "said", ["AWS::S3::Bucket", SEARCH.lower(), f"{SEARCH} ", "${var.type}", None, "", [SEARCH], 1]
)
def test_another_type_by_cloud_control_is_refused_as_unknown(said: Any) -> None:
    body = {"desired_state": "{}", "type_name": said}
    (line,) = refused("resource", GENERIC, body)
    assert line.startswith(f"edge/{GENERIC}.x: unknown type: type_name {said!r}: nobody vouches for it; ")
    assert refused("resource", GENERIC, [{"type_name": SEARCH}, body]) == [line]


def test_no_type_at_all_by_cloud_control_is_refused() -> None:
    (line,) = refused("resource", GENERIC, {"desired_state": "{}"})
    assert "unknown type: type_name None" in line


def test_transaction_search_alone_comes_by_cloud_control() -> None:
    assert refused("resource", GENERIC, {"desired_state": "{}", "schema": "{}", "type_name": SEARCH}) == []


def test_another_provider_is_refused() -> None:
    (line,) = unknown_types({"edge": {"provider": {"aws": [{}], "null": [{}]}}}, ENV)
    assert line.startswith("edge/provider.null: unknown type")


@pytest.mark.parametrize(
    ("kind", "body", "path"),
    [
        ("aws_iam_role", {"managed_policy_arns": []}, "managed_policy_arns"),
        ("aws_iam_role", {"inline_policy": {"policy": ""}}, "inline_policy"),
        ("aws_s3_bucket", {"grant": {"id": "x"}}, "grant"),
        ("aws_s3_bucket", {"policy": "{}"}, "policy"),
        ("aws_security_group", {"ingress": []}, "ingress"),
        ("aws_secretsmanager_secret", {"replica": {}}, "replica"),
        ("aws_sns_topic", {"Name": "x"}, "Name"),
        ("aws_ecs_service", {"network_configuration": [{"subnets": [], "x": 1}]}, "network_configuration: x"),
        ("aws_s3_bucket", {"lifecycle": {"replace_triggered_by": []}}, "lifecycle: replace_triggered_by"),
        ("aws_wafv2_web_acl", {"dynamic": {}}, "dynamic"),
    ],
)
def test_an_argument_that_no_construct_gives_is_refused(kind: str, body: Any, path: str) -> None:
    for given in (body, [body], [{}, body]):
        (line,) = refused("resource", kind, given)
        assert line.startswith(f"edge/{kind}.x: {path}: unknown argument: nobody vouches for it; ")


def test_keys_of_maps_are_free() -> None:
    assert refused("resource", "aws_subnet", {"tags": {"Anything": "x"}, "//": {"metadata": {}}}) == []


@pytest.mark.parametrize("name", NAMES)
def test_types_and_arguments_of_the_environments_pass(name: str) -> None:
    layers = {layer: template.config for layer, template in environment(name).items()}
    assert list(unknown_types(layers, load(name))) == []


COLLECTOR = {
    "monitoring__tracing": "sidecar",
    "monitoring__collector_image": f"public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3@sha256:{'0' * 64}",
    "service__cpu": 512,
    "service__memory_mib": 1024,
}


def test_a_type_that_no_environment_uses_leaves_the_list() -> None:
    others = configurations(
        [
            varied("dev", bedrock__invocation_logging="own", ingestion__schedule="rate(1 day)"),
            varied("prod", deployment__strategy="canary", bedrock__application_profile=True),
            varied("staging", service__service_connect=True, service__tls_to_task=False, service__cpu=512),
            varied("dev", monitoring__alarm_emails=["on@call.example"]),
            varied("dev", **COLLECTOR),
            varied("local", search__domain="existing", search__domain_name="local-search"),
        ]
    )
    used: dict[str, set[str]] = {"resource": set(), "data": set()}
    every: list[dict[str, Template]] = [*map(environment, NAMES), *others]
    for layers in every:
        for template in layers.values():
            for section, types in used.items():
                types |= set(template.config.get(section, {}))
    assert set(read_vouched().resource) - used["resource"] == set()
    assert set(read_vouched().data) - used["data"] == set()
