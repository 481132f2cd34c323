"""The small print on a card: two or three literal settings that a reviewer looks for first."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from terraform_json.blocks import nested_block

Body = Mapping[str, Any]
# (type, body) of every resource of a card.
Members = Sequence[tuple[str, Body]]


def caption(kind: str, members: Members) -> str:
    """One short line for a card of `kind`; empty when the JSON says nothing literal worth showing."""
    writer = _WRITERS.get(kind)
    return " · ".join(part for part in writer(members) if part) if writer else ""


def literal(body: Body, key: str) -> str:
    """A setting as text; empty when it is absent or only known to Terraform."""
    value = body.get(key)
    if value is None or isinstance(value, Mapping | list) or (isinstance(value, str) and "${" in value):
        return ""
    return str(value)


def of_type(members: Members, *types: str) -> list[Body]:
    return [body for kind, body in members if kind in types]


def _service(members: Members) -> list[str]:
    parts = []
    for task in of_type(members, "aws_ecs_task_definition")[:1]:
        if literal(task, "cpu") and literal(task, "memory"):
            parts += [f"{literal(task, 'cpu')} CPU", f"{literal(task, 'memory')} MiB"]
    for target in of_type(members, "aws_appautoscaling_target")[:1]:
        parts.append(f"{literal(target, 'min_capacity')} to {literal(target, 'max_capacity')} tasks")
    return parts


def _search(members: Members) -> list[str]:
    for domain in of_type(members, "aws_opensearch_domain"):
        nodes, disk = nested_block(domain.get("cluster_config")), nested_block(domain.get("ebs_options"))
        size = literal(disk, "volume_size")
        count = literal(nodes, "instance_count") or "1"
        times = f"{count} x " if count != "1" else ""
        return [times + literal(nodes, "instance_type").removesuffix(".search"), f"{size} GiB" if size else ""]
    return []


def _balancer(members: Members) -> list[str]:
    internal = [body.get("internal") for body in of_type(members, "aws_lb", "aws_alb")]
    if not internal:
        return []
    spoken = {literal(body, "protocol") for body in of_type(members, "aws_lb_target_group")}
    placed = "internal" if all(value is True for value in internal) else "internet-facing"
    return [placed, "TLS to tasks" if spoken == {"HTTPS"} else ""]


def _distribution(members: Members) -> list[str]:
    origins = len(of_type(members, "aws_cloudfront_vpc_origin"))
    prices = [
        literal(body, "price_class").removeprefix("PriceClass_")
        for body in of_type(members, "aws_cloudfront_distribution")
    ]
    return [f"price class {prices[0]}" if prices and prices[0] else "", "VPC origin" if origins else ""]


def _firewall(members: Members) -> list[str]:
    rules = 0
    for acl in of_type(members, "aws_wafv2_web_acl"):
        written = acl.get("rule")
        if written is None and isinstance(acl.get("rule_json"), str) and "${" not in acl["rule_json"]:
            written = json.loads(acl["rule_json"])
        rules += len(written) if isinstance(written, list) else 0
    return [f"{rules} rules" if rules != 1 else "1 rule"] if rules else []


def _names(*types: str, key: str = "name", last_after: str = "") -> Callable[[Members], list[str]]:
    """The resources' own names, comma-separated; of a path only what follows the last `last_after`."""

    def write(members: Members) -> list[str]:
        names = [name for body in of_type(members, *types) if (name := literal(body, key))]
        return [", ".join(name.rsplit(last_after, 1)[-1] if last_after else name for name in names)]

    return write


def _network(members: Members) -> list[str]:
    cidr = [literal(body, "cidr_block") for body in of_type(members, "aws_vpc")]
    count = Counter(kind for kind, _ in members)
    words = (
        ("aws_security_group", "security group"),
        ("aws_nat_gateway", "NAT gateway"),
        ("aws_internet_gateway", "internet gateway"),
    )
    return [*cidr, *(f"{count[kind]} {word}{'s' if count[kind] > 1 else ''}" for kind, word in words if count[kind])]


_WRITERS: dict[str, Callable[[Members], list[str]]] = {
    "network": _network,
    "service": _service,
    "search": _search,
    "alb": _balancer,
    "cdn": _distribution,
    "waf": _firewall,
    "dns": _names("aws_route53_zone"),
    "certificates": _names("aws_acm_certificate", key="domain_name"),
    "secrets": _names("aws_secretsmanager_secret", last_after="/"),
    "registry": _names("aws_ecr_repository"),
    "functions": _names("aws_lambda_function", key="function_name"),
    "endpoints": _names("aws_vpc_endpoint", key="service_name", last_after="."),
    "bedrock": _names("aws_bedrock_guardrail"),
    "tables": _names("aws_dynamodb_table"),
}
