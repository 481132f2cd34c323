"""What AWS wants to find in place comes first, in every environment; taken away, each explicit edge is missed."""

from __future__ import annotations

import pytest

from policies.proof.catalogue import prove
from policies.proof.configuration import Configuration
from policies.proof.order import ORDERS, judged, races
from tests.policies.proof.configurations import ALL, Configs, broken, configuration, copied, settings

# Rules whose resources don't name each other: nothing but `depends_on` keeps them in order.
EXPLICIT = {
    ("aws_bedrock_model_invocation_logging_configuration", "aws_iam_role_policy"),
    ("aws_cloudtrail", "aws_iam_role_policy"),
    ("aws_cloudtrail", "aws_s3_bucket_policy"),
    ("aws_cloudtrail", "aws_sns_topic_policy"),
    ("aws_cloudwatch_event_target", "aws_iam_role_policy"),
    ("aws_cloudwatch_event_target", "aws_sqs_queue_policy"),
    ("aws_cloudwatch_log_delivery_destination", "aws_s3_bucket_policy"),
    ("aws_cloudwatch_log_delivery_destination", "aws_s3_bucket_server_side_encryption_configuration"),
    ("aws_cloudwatch_log_delivery_destination", "aws_s3_bucket_versioning"),
    ("aws_config_config_rule", "aws_config_configuration_recorder"),
    ("aws_config_configuration_recorder_status", "aws_config_delivery_channel"),
    ("aws_config_delivery_channel", "aws_config_configuration_recorder"),
    ("aws_config_delivery_channel", "aws_s3_bucket_policy"),
    ("aws_ecs_service", "aws_ecs_cluster_capacity_providers"),
    ("aws_ecs_service", "aws_lb_listener"),
    ("aws_ecs_service", "aws_lb_listener_rule"),
    ("aws_eip", "aws_internet_gateway"),
    ("aws_flow_log", "aws_iam_role_policy"),
    ("aws_codedeploy_deployment_group", "aws_iam_role_policy"),
    ("aws_lambda_function", "aws_iam_role_policy"),
    ("aws_lambda_invocation", "aws_vpc_security_group_egress_rule"),
    ("aws_lambda_invocation", "aws_vpc_security_group_ingress_rule"),
    ("aws_nat_gateway", "aws_internet_gateway"),
    ("aws_opensearch_domain", "aws_cloudwatch_log_resource_policy"),
    ("aws_opensearch_domain", "aws_iam_role"),
    ("aws_s3_bucket_lifecycle_configuration", "aws_s3_bucket_versioning"),
    ("aws_s3_bucket_logging", "aws_s3_bucket_policy"),
    ("aws_s3_bucket_ownership_controls", "aws_s3_bucket_public_access_block"),
    ("aws_s3_bucket_policy", "aws_s3_bucket_ownership_controls"),
    ("aws_s3_bucket_policy", "aws_s3_bucket_public_access_block"),
    ("aws_s3_object", "aws_s3_bucket_server_side_encryption_configuration"),
    ("aws_s3_object", "aws_s3_bucket_versioning"),
    ("aws_scheduler_schedule", "aws_iam_role_policy"),
    ("aws_securityhub_account", "aws_config_configuration_recorder_status"),
    ("aws_securityhub_standards_subscription", "aws_securityhub_account"),
    ("aws_sfn_state_machine", "aws_iam_role_policy"),
}


# Rules that nothing of ours can break, since it takes the certificate's ARN from the resource that waits for it.
BY_REFERENCE = {
    ("aws_cloudfront_distribution", "aws_acm_certificate_validation"),
    ("aws_lb_listener", "aws_acm_certificate_validation"),
}


@pytest.mark.parametrize("name", ALL)
def test_everything_comes_after_what_it_needs(name: str) -> None:
    assert [race.later + race.detail for race in races(configuration(name))] == []


def test_every_rule_judges_something() -> None:
    used = {(race.order.later, race.order.first) for name in ALL for race in judged(configuration(name))}
    assert used | BY_REFERENCE == {(order.later, order.first) for order in ORDERS}
    assert not used & BY_REFERENCE


@pytest.mark.parametrize(
    ("layer", "kind", "attribute"),
    [
        ("service", "aws_lb_listener", "certificate_arn"),
        ("edge", "aws_cloudfront_distribution", "viewer_certificate"),
    ],
)
def test_a_certificate_is_used_once_it_is_issued(layer: str, kind: str, attribute: str) -> None:
    def bare(configs: Configs) -> None:
        certificate = next(iter(configs["certificates"]["resource"]["aws_acm_certificate"]))
        configs["certificates"]["output"]["bare"] = {"value": f"${{aws_acm_certificate.{certificate}.arn}}"}
        source = "cross-stack-reference-input-certificates"
        for body in configs[layer]["resource"][kind].values():
            body[attribute] = f"${{data.terraform_remote_state.{source}.outputs.bare}}"

    order = {"dns": (), "certificates": ("dns",)}
    configs = copied("prod")
    bare(configs)
    found = {race.order.later for race in races(Configuration(configs, order)) if "certificates/" in race.first}
    assert found == {kind}


def without_edges(configs: Configs) -> None:
    """Change that takes every `depends_on` away."""
    for layer in configs.values():
        for bodies in layer["resource"].values():
            for body in bodies.values():
                body.pop("depends_on", None)


def test_each_edge_that_no_reference_makes_is_missed() -> None:
    found = {(race.order.later, race.order.first) for name in ALL for race in races(broken(name, without_edges))}
    assert found == EXPLICIT


def test_a_reference_is_an_edge_too() -> None:
    def named(configs: Configs) -> None:
        for layer in configs.values():
            gateways = layer["resource"].get("aws_internet_gateway", {})
            for body in layer["resource"].get("aws_nat_gateway", {}).values():
                body["depends_on"] = []
                body["tags"] = {"Gateway": f"${{aws_internet_gateway.{next(iter(gateways))}.id}}"}

    assert [*races(broken("nat", named))] == []


def test_layers_are_in_order_by_what_the_manifest_says() -> None:
    layers = copied("plain")
    first = dict.fromkeys(layers, ("infrastructure",))
    found = {(race.later.split(".")[0], race.first.split(".")[0]) for race in races(Configuration(layers, first))}
    assert found == {("service/aws_ecs_service", "llm/aws_iam_role_policy")}
    # By way of another layer is in order too.
    later = {**first, "service": ("security",), "security": ("llm",), "llm": ("infrastructure",)}
    assert [*races(Configuration(layers, later))] == []


def test_the_gate_says_what_may_come_before_what() -> None:
    found = [each for each in prove(broken("nat", without_edges), settings("nat")) if each.rule == "missing-order"]
    (nat,) = (each for each in found if "/aws_nat_gateway." in each.address)
    assert nat.check == "PROOF_MISSING_ORDER"
    assert nat.attribute == "depends_on"
    assert "may come before infrastructure/aws_internet_gateway." in nat.detail
    assert nat.detail.endswith(
        "it fails in a VPC without an attached internet gateway (provider docs, aws_nat_gateway)"
    )
