"""Names and ARNs that people and their scripts type, found in the states of the layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from terraform_json.state import State, outputs

GLOBAL = "global"
# Layers in the order of deployment, and whether their state lies in the home region or is global.
LAYERS = {
    "dns": GLOBAL,
    "certificates": GLOBAL,
    "infrastructure": "region",
    "llm": "region",
    "service": "region",
    "edge": GLOBAL,
    "security": "region",
    "workflows": "region",
    "monitoring": "region",
}
# Prefix of cdktf's outputs between layers, which are of no use to readers.
INTERNAL = "cross-stack-output-"
HIDDEN = "(sensitive)"


@dataclass(frozen=True)
class Handle:
    """A value under `name`: the attribute of the layer's resource or data source of a type.

    `start` is the beginning of the resource's name where the layer has several of the type. With `each` it is a list
    of all of them.
    """

    name: str
    layer: str
    type: str
    attribute: str
    start: str = ""
    each: bool = False


HANDLES = (
    Handle("zone_id", "dns", "aws_route53_zone", "zone_id"),
    Handle("repository", "infrastructure", "aws_ecr_repository", "name"),
    Handle("repository_url", "infrastructure", "aws_ecr_repository", "repository_url"),
    Handle("app_log_group", "infrastructure", "aws_cloudwatch_log_group", "name", "app_logs"),
    Handle("alarms_topic", "infrastructure", "aws_sns_topic", "arn", "alarms_topic"),
    Handle("key", "infrastructure", "aws_kms_key", "arn"),
    Handle("secrets", "infrastructure", "aws_secretsmanager_secret", "name", each=True),
    Handle("search_domain", "llm", "aws_opensearch_domain", "domain_name"),
    Handle("search_endpoint", "llm", "aws_opensearch_domain", "endpoint"),
    Handle("guardrail", "llm", "aws_bedrock_guardrail", "guardrail_id"),
    Handle("cluster", "service", "aws_ecs_cluster", "name"),
    Handle("service", "service", "aws_ecs_service", "name"),
    Handle("task_definition", "service", "aws_ecs_task_definition", "family"),
    Handle("load_balancer", "service", "aws_lb", "arn"),
    Handle("target_group", "service", "aws_lb_target_group", "arn", "load_balancer_target_group"),
    Handle("distribution", "edge", "aws_cloudfront_distribution", "id"),
    Handle("web_acl", "edge", "aws_wafv2_web_acl", "arn"),
    Handle("trail", "security", "aws_cloudtrail", "name"),
    Handle("findings_topic", "security", "aws_sns_topic", "arn", "topic_"),
    Handle("state_machine", "workflows", "aws_sfn_state_machine", "arn"),
    Handle("pages_bucket", "workflows", "aws_s3_bucket", "bucket", "storage_pages"),
    Handle("ledger", "workflows", "aws_dynamodb_table", "name", "storage_ledger"),
    Handle("dashboards", "monitoring", "aws_cloudwatch_dashboard", "dashboard_name", each=True),
    *(Handle("log_groups", layer, "aws_cloudwatch_log_group", "name", each=True) for layer in LAYERS),
)


def shown_values(layer: str, state: State | None) -> dict[str, Any]:
    """What a layer hands to people, by name: its outputs, of which sensitive ones are hidden, and its handles."""
    found = {
        name: HIDDEN if each.get("sensitive") else each.get("value")
        for name, each in sorted(outputs(state).items())
        if not name.startswith(INTERNAL)
    }
    for handle in (each for each in HANDLES if each.layer == layer):
        values = [str(each[handle.attribute]) for each in _attributes(handle, state) if each.get(handle.attribute)]
        if values:
            found.setdefault(handle.name, sorted(values) if handle.each else values[0])
    return found


def named_values(shown: Mapping[str, Mapping[str, Any]], name: str) -> dict[str, Any]:
    """Values under `name`, by their whole name "layer.name": one where it names a layer, else one of each layer."""
    layer, dot, rest = name.partition(".")
    if dot:
        return {name: shown[layer][rest]} if rest in shown.get(layer, {}) else {}
    return {f"{layer}.{name}": values[name] for layer, values in shown.items() if name in values}


def _attributes(handle: Handle, state: State | None) -> Iterator[Mapping[str, Any]]:
    for resource in (state or {}).get("resources", ()):
        if resource.get("type") == handle.type and str(resource.get("name", "")).startswith(handle.start):
            yield from (dict(each.get("attributes") or {}) for each in resource.get("instances", ()))
