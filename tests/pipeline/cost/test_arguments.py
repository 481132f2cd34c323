"""What nobody has priced is unpriced: an argument, a value, a type, more than one of a resource."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from config import load
from pipeline.cost.arguments import META, known_arguments, refuse_unknown_arguments
from pipeline.cost.context import PricedResource
from pipeline.cost.estimate import estimate_resources
from pipeline.cost.free import REASONS
from pipeline.cost.pricers import PRICERS
from pipeline.cost.result import Estimate
from pipeline.cost.table import NoPriceError
from policies.vouched.types import read_vouched
from tests.pipeline.cost.samples import priced, resources
from tests.support.environments import NAMES

ENV = load("prod")


def first(kind: str) -> PricedResource:
    """A resource of this type, as some environment has it."""
    return next(each for name in ("prod", *NAMES) for each in resources(name) if each.type == kind)


def with_changed(kind: str, **values: Any) -> Estimate:
    """The estimate of prod with other values in one resource of this type."""
    changed = first(kind)
    body = {**changed.body, **values}
    swapped = (replace(each, body=body) if each == changed else each for each in resources("prod"))
    return estimate_resources(tuple(swapped), ENV)


def test_every_type_that_is_priced_or_free_has_its_arguments() -> None:
    assert set(known_arguments()) == set(PRICERS) | set(REASONS)


def test_what_the_constructs_use_is_known() -> None:
    """A construct that sets an argument more asks whoever wrote it what that costs."""
    for kind, used in read_vouched().resource.items():
        known = known_arguments()[kind]
        assert used.own - known.own - META == set(), kind
        assert used.inside - known.inside == set(), kind


@pytest.mark.parametrize("name", NAMES)
def test_every_environment_is_complete(name: str) -> None:
    assert priced(name).unaccepted == ()


@pytest.mark.parametrize("key", ["count", "for_each", "never_heard_of"])
@pytest.mark.parametrize("kind", sorted(known_arguments()))
def test_an_unknown_argument_is_unpriced(kind: str, key: str) -> None:
    resource = PricedResource("service", kind, "x", {key: 2})
    estimate = estimate_resources((resource,), ENV)
    (missing,) = estimate.unpriced
    assert (missing.address, missing.reason) == (f"{kind}.x", f"it has {key}, which isn't priced here")
    assert not estimate.lines
    assert not estimate.free
    assert not estimate.complete


def blocks(kind: str) -> Iterator[tuple[str, Any]]:
    for key, value in first(kind).body.items():
        if key not in META and isinstance(value, (dict, list)):
            yield key, value


@pytest.mark.parametrize("kind", ["aws_wafv2_web_acl", "aws_opensearch_domain", "aws_cloudfront_distribution"])
def test_an_unknown_argument_inside_of_a_block_is_unpriced(kind: str) -> None:
    tried = 0
    for key, value in blocks(kind):
        inner = {"surprise": {}} if isinstance(value, dict) else [*value, {"surprise": {}}]
        with pytest.raises(NoPriceError, match="it has surprise, which isn't priced here"):
            refuse_unknown_arguments(kind, {**first(kind).body, key: inner})
        tried += 1
    assert tried > 2


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, known in known_arguments().items() for name in known.values]
)
def test_an_unknown_value_is_unpriced(kind: str, name: str) -> None:
    known = known_arguments()[kind]
    block = min(known.own - known.values.keys(), default="")
    for value in ("other", 7, True, "${var.value}"):
        body = {name: value} if name in known.own else {block: [{name: value}]}
        if str(value) in known.values[name]:
            continue
        with pytest.raises(NoPriceError, match=rf"it has {name} = "):
            refuse_unknown_arguments(kind, body)


BOT_CONTROL = {
    "name": "bots",
    "priority": 1,
    "statement": {"managed_rule_group_statement": {"name": "AWSManagedRulesBotControlRuleSet", "vendor_name": "AWS"}},
}
CLUSTER = {"instance_type": "t3.small.search", "instance_count": 1}
DISK = {"ebs_enabled": True, "volume_type": "gp3", "volume_size": 20, "iops": 3000, "throughput": 125}


@pytest.mark.parametrize(
    ("kind", "values", "reason"),
    [
        ("aws_wafv2_web_acl", {"rule": [BOT_CONTROL]}, "AWSManagedRulesBotControlRuleSet"),
        ("aws_wafv2_web_acl", {"rule": [{"name": "all", "statement": {"or_statement": {"statement": [
            BOT_CONTROL["statement"]]}}}]}, "AWSManagedRulesBotControlRuleSet"),
        ("aws_wafv2_web_acl", {"rule": [{"name": "x", "action": {"captcha": {}}}]}, "captcha"),
        ("aws_wafv2_web_acl", {"rule": [{"name": "x", "action": {"challenge": {}}}]}, "challenge"),
        ("aws_opensearch_domain", {"ebs_options": {**DISK, "iops": 12_000}}, "iops = 12000"),
        ("aws_opensearch_domain", {"ebs_options": {**DISK, "throughput": 500}}, "throughput = 500"),
        ("aws_opensearch_domain", {"ebs_options": {**DISK, "volume_type": "io1"}}, "volume_type = io1"),
        ("aws_opensearch_domain", {"cluster_config": {**CLUSTER, "warm_enabled": True}}, "warm_enabled"),
        ("aws_cloudfront_distribution", {"origin": [{"origin_shield": {"enabled": True}}]}, "origin_shield"),
        ("aws_cloudfront_distribution", {"viewer_certificate": {"ssl_support_method": "vip"}}, "ssl_support_method"),
        ("aws_cloudfront_distribution", {"default_cache_behavior": {"realtime_log_config_arn": "x"}}, "realtime_log"),
        ("aws_lb", {"load_balancer_type": "gateway"}, "load_balancer_type = gateway"),
        ("aws_dynamodb_table", {"billing_mode": "PROVISIONED"}, "billing_mode = PROVISIONED"),
        ("aws_dynamodb_table", {"stream_enabled": True}, "stream_enabled"),
        ("aws_kms_key", {"customer_master_key_spec": "RSA_4096"}, "customer_master_key_spec"),
        ("aws_lambda_function", {"snap_start": {"apply_on": "PublishedVersions"}}, "snap_start"),
        ("aws_ecs_task_definition", {"ephemeral_storage": {"size_in_gib": 200}}, "ephemeral_storage"),
        ("aws_ecs_task_definition", {"runtime_platform": {"operating_system_family": "WINDOWS_SERVER_2022_CORE"}},
         "operating_system_family"),
        ("aws_cloudwatch_metric_alarm", {"period": 10}, "period = 10"),
        ("aws_cloudwatch_metric_alarm", {"metric_query": [{"expression": "SELECT AVG(x) FROM y"}]}, "metrics query"),
        ("aws_sfn_state_machine", {"type": "EXPRESS"}, "type = EXPRESS"),
        ("aws_flow_log", {"log_destination_type": "kinesis-data-firehose"}, "log_destination_type"),
        ("aws_s3_bucket_lifecycle_configuration", {"rule": [{"transition": {"storage_class": "X"}}]}, "transition"),
    ],
)  # fmt: skip
def test_dear_variants_are_refused(kind: str, values: dict[str, Any], reason: str) -> None:
    estimate = with_changed(kind, **values)
    assert kind in [each.address.partition(".")[0] for each in estimate.unpriced]
    assert any(reason in each.reason for each in estimate.unpriced)
    assert not estimate.complete


def test_a_subscription_by_mail_is_free_and_another_is_not() -> None:
    for protocol, priced_here in (("email", True), ("sms", False), ("https", False)):
        body = {"protocol": protocol, "endpoint": "a@example.com", "topic_arn": "arn"}
        estimate = estimate_resources((PricedResource("monitoring", "aws_sns_topic_subscription", "x", body),), ENV)
        assert estimate.complete is priced_here
        assert bool(estimate.free) is priced_here


def test_a_public_load_balancer_has_an_address_in_every_subnet() -> None:
    estimate = with_changed("aws_lb", internal=False)
    (found,) = (each for each in estimate.lines if each.what == "public IPv4 of the load balancer")
    assert found.quantity.expected == 2 * 730
    assert found.price.key == "vpc.public_ipv4"
    assert not any(each.what == found.what for each in priced("prod").lines)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("aws_cloudwatch_log_group", {"retention_in_days": 0}),
        ("aws_ecs_cluster", {"setting": [{"name": "containerInsights", "value": "Enhanced"}]}),
        (
            "aws_ecs_cluster",
            {"setting": [{"name": "containerInsights", "value": each} for each in ("enhanced", "disabled")]},
        ),
        ("aws_ecs_task_definition", {"requires_compatibilities": ["EC2"]}),
        ("aws_guardduty_detector_feature", {"status": "${local.x}"}),
        ("aws_opensearch_domain", {"engine_version": "OpenSearch_2.9"}),
        ("aws_opensearch_domain", {"cluster_config": {"instance_type": "or1.large.search", "instance_count": 1}}),
        ("aws_opensearch_domain", {"cluster_config": {"instance_type": "m6g.large.search", "instance_count": 0}}),
        ("aws_opensearch_domain", {"cluster_config": {"instance_type": "m6g.large.search", "instance_count": "many"}}),
        ("aws_wafv2_web_acl", {"rule": "${local.rules}"}),
        ("aws_kms_key", {"provider": "aws.sydney"}),
        ("aws_lambda_function", {"architectures": []}),
        ("aws_cloudwatch_metric_alarm", {"metric_query": {"expression": "m1"}}),
    ],
)
def test_what_would_cost_more_or_can_not_be_read_is_unpriced(kind: str, values: dict[str, Any]) -> None:
    assert f"{kind}.{first(kind).name}" in {each.address for each in with_changed(kind, **values).unpriced}


def test_a_second_trail_is_no_first_copy() -> None:
    (trail,) = (each for each in resources("prod") if each.type == "aws_cloudtrail")
    second = replace(trail, name="another")
    found = estimate_resources((*resources("prod"), second), ENV)
    assert [each.address for each in found.unpriced] == ["aws_cloudtrail.another"]


@pytest.mark.parametrize("body", [[], None, "x"])
@pytest.mark.parametrize("kind", ["aws_vpc", "aws_kms_key"])
def test_what_is_no_resource_is_unpriced(kind: str, body: Any) -> None:
    found = estimate_resources((PricedResource("service", kind, "x", body),), ENV)
    assert [each.address for each in found.unpriced] == [f"{kind}.x"]
