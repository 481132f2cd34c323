"""Accepted configurations synthesise, their names fit AWS's limits, every proof holds, and all is vouched for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from config import parse
from pipeline.scan.vouching import unvouched
from policies.proof.catalogue import prove
from policies.proof.configuration import Configuration
from tests.config.strategies import tables
from tests.support.synthesised import Resource, Template, layers

# Longest name AWS accepts, by resource type and attribute; a longer one fails only at apply.
LONGEST = {
    ("aws_lb", "name"): 32,
    ("aws_lb_target_group", "name"): 32,
    ("aws_xray_group", "group_name"): 32,
    ("aws_xray_sampling_rule", "rule_name"): 32,
    ("aws_xray_sampling_rule", "service_name"): 64,
    ("aws_opensearch_domain", "domain_name"): 28,
    ("aws_s3_bucket", "bucket"): 63,
    ("aws_iam_role", "name"): 64,
    ("aws_bedrock_guardrail", "name"): 50,
    ("aws_lambda_function", "function_name"): 64,
    ("aws_signer_signing_profile", "name_prefix"): 38,
    ("aws_sns_topic", "name"): 256,
    ("aws_budgets_budget", "name"): 100,
    ("aws_cloudwatch_log_group", "name"): 512,
    ("aws_cloudwatch_log_delivery_source", "name"): 60,
    ("aws_cloudwatch_log_delivery_destination", "name"): 60,
    ("aws_cloudwatch_event_rule", "name"): 64,
    ("aws_cloudwatch_metric_alarm", "alarm_name"): 255,
    ("aws_cloudwatch_dashboard", "dashboard_name"): 255,
    ("aws_cloudfront_cache_policy", "name"): 128,
    ("aws_cloudfront_origin_request_policy", "name"): 128,
    ("aws_cloudfront_response_headers_policy", "name"): 128,
    ("aws_wafv2_web_acl", "name"): 128,
    ("aws_cloudtrail", "name"): 128,
    ("aws_ecs_cluster", "name"): 255,
    ("aws_ecr_repository", "name"): 256,
    ("aws_kms_alias", "name"): 256,
    ("aws_security_group", "name"): 255,
    ("aws_secretsmanager_secret", "name"): 512,
}


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables())
def test_accepted_environments_synthesise(data: dict[str, Any]) -> None:
    env = parse(data, name="test")
    templates = layers(env)
    keys = [template.config["terraform"]["backend"]["s3"]["key"] for template in templates.values()]
    assert len(set(keys)) == len(keys)
    for layer, template in templates.items():
        assert "tftoken" not in json.dumps(template.config).lower(), layer
    for (kind, attribute), longest in LONGEST.items():
        names = [
            (_region(template, body), body[attribute])
            for template in templates.values()
            for body in template.all(kind).values()
        ]
        assert all(0 < len(name) <= longest for _, name in names), (kind, names)
        assert len(set(names)) == len(names), (kind, names)
    assert unvouched({layer: template.config for layer, template in templates.items()}, env) == []
    broken = prove(Configuration({layer: template.config for layer, template in templates.items()}), env)
    chosen = set() if env.bedrock.guardrail else {"unguarded-model"}
    assert {each.rule: str(each) for each in broken if each.rule not in chosen} == {}


def _region(template: Template, body: Resource) -> str:
    """Region of a resource: names are unique within one region."""
    regions = {
        f"aws.{each['alias']}" if "alias" in each else "aws": each["region"]
        for each in template.config["provider"]["aws"]
    }
    return str(regions[body.get("provider", "aws")])
