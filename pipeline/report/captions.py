"""Captions of the picture's cards: two or three literal settings that reviewers look for first."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from terraform_json.blocks import Body, nested_block

# (type, body) of every resource of a card.
Members = Sequence[tuple[str, Body]]


def card_caption(kind: str, members: Members) -> str:
    """One short line for a card of `kind`; empty when the JSON has no literal setting to show."""
    writer = _WRITERS.get(kind)
    return " · ".join(part for part in writer(members) if part) if writer else ""


def literal_setting(body: Body, key: str) -> str:
    """A setting as text; empty when it is absent, a reference, or a block."""
    value = body.get(key)
    if value is None or isinstance(value, Mapping | list) or (isinstance(value, str) and "${" in value):
        return ""
    return str(value)


def bodies_of_type(members: Members, *types: str) -> list[Body]:
    """Bodies of the members of these types."""
    return [body for kind, body in members if kind in types]


def _service(members: Members) -> list[str]:
    parts = []
    for task in bodies_of_type(members, "aws_ecs_task_definition")[:1]:
        if literal_setting(task, "cpu") and literal_setting(task, "memory"):
            parts += [f"{literal_setting(task, 'cpu')} CPU", f"{literal_setting(task, 'memory')} MiB"]
    for target in bodies_of_type(members, "aws_appautoscaling_target")[:1]:
        parts.append(f"{literal_setting(target, 'min_capacity')} to {literal_setting(target, 'max_capacity')} tasks")
    return parts


def _search(members: Members) -> list[str]:
    for domain in bodies_of_type(members, "aws_opensearch_domain"):
        nodes, disk = nested_block(domain.get("cluster_config")), nested_block(domain.get("ebs_options"))
        size = literal_setting(disk, "volume_size")
        count = literal_setting(nodes, "instance_count") or "1"
        times = f"{count} x " if count != "1" else ""
        return [times + literal_setting(nodes, "instance_type").removesuffix(".search"), f"{size} GiB" if size else ""]
    return []


def _balancer(members: Members) -> list[str]:
    internal = [body.get("internal") for body in bodies_of_type(members, "aws_lb", "aws_alb")]
    if not internal:
        return []
    spoken = {literal_setting(body, "protocol") for body in bodies_of_type(members, "aws_lb_target_group")}
    placed = "internal" if all(value is True for value in internal) else "internet-facing"
    return [placed, "TLS to tasks" if spoken == {"HTTPS"} else ""]


def _distribution(members: Members) -> list[str]:
    origins = len(bodies_of_type(members, "aws_cloudfront_vpc_origin"))
    prices = [
        literal_setting(body, "price_class").removeprefix("PriceClass_")
        for body in bodies_of_type(members, "aws_cloudfront_distribution")
    ]
    return [f"price class {prices[0]}" if prices and prices[0] else "", "VPC origin" if origins else ""]


def _firewall(members: Members) -> list[str]:
    rules = 0
    for acl in bodies_of_type(members, "aws_wafv2_web_acl"):
        written = acl.get("rule")
        if written is None and isinstance(acl.get("rule_json"), str) and "${" not in acl["rule_json"]:
            written = json.loads(acl["rule_json"])
        rules += len(written) if isinstance(written, list) else 0
    return [f"{rules} rules" if rules != 1 else "1 rule"] if rules else []


def _names(*types: str, key: str = "name", last_after: str = "") -> Callable[[Members], list[str]]:
    """Writer that lists the resources' names; with `last_after`, only the part after its last occurrence."""

    def write(members: Members) -> list[str]:
        names = [name for body in bodies_of_type(members, *types) if (name := literal_setting(body, key))]
        return [", ".join(name.rsplit(last_after, 1)[-1] if last_after else name for name in names)]

    return write


def _network(members: Members) -> list[str]:
    cidr = [literal_setting(body, "cidr_block") for body in bodies_of_type(members, "aws_vpc")]
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
