"""Alarms, topics, certificates, log groups, keys and web ACLs are built where AWS reads them, in any home region."""

from __future__ import annotations

import pytest

from policies.proof.regions import misplaced_resources
from tests.policies.proof.configurations import ALL, Break, Configs, broken, configuration, resource, settings

HOME = "eu-central-1"


@pytest.mark.parametrize("name", ALL)
def test_everything_lives_where_aws_reads_it(name: str) -> None:
    assert misplaced_resources(configuration(name), settings(name).region) == []


def test_another_home_is_really_another_region() -> None:
    regions = {configuration("europe").region(address) for _, address, _ in configuration("europe").everything()}
    assert regions == {HOME, "us-east-1"}


def at_home(layer: str, kind: str, name: str) -> Break:
    """Change that builds a resource with the layer's own provider."""
    return lambda configs: resource(configs, layer, kind, name).pop("provider")


def abroad(layer: str, kind: str, name: str, region: str = "us-east-1") -> Break:
    """Change that builds a resource with a provider of another region."""

    def move(configs: Configs) -> None:
        configs[layer]["provider"]["aws"].append({"region": region, "alias": "elsewhere"})
        resource(configs, layer, kind, name)["provider"] = "aws.elsewhere"

    return move


def whole_layer(layer: str, region: str) -> Break:
    """Change that gives a layer's providers another region."""

    def move(configs: Configs) -> None:
        for provider in configs[layer]["provider"]["aws"]:
            provider["region"] = region

    return move


MISPLACED: dict[str, tuple[Break, str]] = {
    "alarm of CloudFront": (
        at_home("monitoring", "aws_cloudwatch_metric_alarm", "edge_alarms_edge_5xx"),
        "watches AWS/CloudFront in eu-central-1; AWS keeps it in us-east-1",
    ),
    "alarm of the firewall": (
        at_home("monitoring", "aws_cloudwatch_metric_alarm", "edge_alarms_waf_blocked"),
        "watches AWS/WAFV2 in eu-central-1; AWS keeps it in us-east-1",
    ),
    "alarm of a region": (
        abroad("monitoring", "aws_cloudwatch_metric_alarm", "alarms_cpu"),
        "in us-east-1, but uses service/aws_ecs_cluster.",
    ),
    "alarm that names nothing": (
        abroad("monitoring", "aws_cloudwatch_metric_alarm", "alarms_model_throttled"),
        "in us-east-1, but uses infrastructure/aws_sns_topic.",
    ),
    "topic": (
        at_home("monitoring", "aws_sns_topic", "edge_topic"),
        "in us-east-1, but uses monitoring/aws_sns_topic.edge_topic",
    ),
    "certificate of CloudFront": (
        whole_layer("certificates", HOME),
        "CloudFront takes certificates from us-east-1 only",
    ),
    "log group": (
        abroad("infrastructure", "aws_cloudwatch_log_group", "app_logs"),
        "in us-east-1, but uses infrastructure/aws_kms_key.key",
    ),
    "key": (
        abroad("infrastructure", "aws_kms_key", "key"),
        "in eu-central-1, but uses infrastructure/aws_kms_key.key",
    ),
    "analyzer nobody reads": (
        abroad("security", "aws_accessanalyzer_analyzer", "analyzer"),
        "in us-east-1, but nothing global reads it; it belongs in eu-central-1",
    ),
    "firewall": (whole_layer("edge", HOME), "a firewall of CloudFront is built in us-east-1"),
    "access logs of CloudFront": (whole_layer("edge", HOME), "CloudFront delivers its logs from us-east-1"),
    "third region": (
        abroad("security", "aws_accessanalyzer_analyzer", "analyzer", region="ap-south-1"),
        "in ap-south-1, where nothing of this environment lives",
    ),
}


@pytest.mark.parametrize("thing", MISPLACED)
def test_a_thing_in_the_wrong_region_is_refused_by_name(thing: str) -> None:
    change, expected = MISPLACED[thing]
    assert any(expected in fault for fault in misplaced_resources(broken("europe", change), HOME))
