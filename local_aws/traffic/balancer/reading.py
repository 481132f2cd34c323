"""Reader of the deployed load balancers, from ELB's API."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from local_aws.traffic.balancer.deployed import (
    Attributes,
    Deployed,
    HealthCheck,
    Item,
    Listener,
    LoadBalancer,
    Rule,
    Target,
    TargetGroup,
    group_arns,
)


def read_deployed(elb: Any) -> Deployed:
    """Read with a boto3 client of ELB (elbv2)."""
    read_at = time.monotonic()
    balancers = [_balancer(elb, each) for each in elb.describe_load_balancers()["LoadBalancers"]]
    groups = [_group(elb, each, balancers) for each in elb.describe_target_groups()["TargetGroups"]]
    return Deployed({each.arn: each for each in balancers}, {each.arn: each for each in groups}, read_at)


def _balancer(elb: Any, balancer: Item) -> LoadBalancer:
    arn = balancer["LoadBalancerArn"]
    return LoadBalancer(
        arn=arn,
        name=balancer["LoadBalancerName"],
        kind=balancer["Type"],
        state=balancer["State"]["Code"],
        dns_name=balancer["DNSName"],
        subnets=tuple(each["SubnetId"] for each in balancer["AvailabilityZones"]),
        groups=tuple(balancer.get("SecurityGroups", ())),
        attributes=_attributes(elb.describe_load_balancer_attributes(LoadBalancerArn=arn)),
        listeners=tuple(_listener(elb, each) for each in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]),
    )


def _attributes(answer: Item) -> Attributes:
    return {each["Key"]: each["Value"] for each in answer["Attributes"]}


def _listener(elb: Any, listener: Item) -> Listener:
    arn = listener["ListenerArn"]
    rules = [_rule(each) for each in elb.describe_rules(ListenerArn=arn)["Rules"] if each["Priority"] != "default"]
    # The listener names the default actions too, and there a change of them is told first.
    default = Rule(arn, 0, (), tuple(listener["DefaultActions"]))
    return Listener(
        arn=arn,
        port=int(listener["Port"]),
        protocol=listener["Protocol"],
        certificates=tuple(each["CertificateArn"] for each in listener.get("Certificates", ())),
        rules=(*sorted(rules, key=lambda rule: rule.priority), default),
        attributes=_attributes(elb.describe_listener_attributes(ListenerArn=arn)),
    )


def _rule(rule: Item) -> Rule:
    return Rule(
        rule["RuleArn"],
        int(rule["Priority"]),
        tuple(rule.get("Conditions", ())),
        tuple(rule["Actions"]),
        tuple(rule.get("Transforms", ())),
    )


def _group(elb: Any, group: Item, balancers: list[LoadBalancer]) -> TargetGroup:
    arn = group["TargetGroupArn"]
    # The plane is told what is registered (local_aws/shims/target_health.py); everybody else, what it found.
    health = elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    return TargetGroup(
        arn=arn,
        name=group["TargetGroupName"],
        protocol=group["Protocol"],
        version=group.get("ProtocolVersion", "HTTP1"),
        kind=group["TargetType"],
        check=_check(group),
        attributes=_attributes(elb.describe_target_group_attributes(TargetGroupArn=arn)),
        targets=tuple(Target(each["Target"]["Id"], int(each["Target"]["Port"])) for each in health),
        balancers=tuple(each.arn for each in balancers if arn in _named(each)),
    )


def _named(balancer: LoadBalancer) -> Iterator[str]:
    for listener in balancer.listeners:
        for rule in listener.rules:
            for action in rule.actions:
                yield from (arn for arn, _ in group_arns(action))


def _check(group: Item) -> HealthCheck:
    port = str(group.get("HealthCheckPort", "traffic-port"))
    return HealthCheck(
        enabled=bool(group.get("HealthCheckEnabled", True)),
        protocol=group.get("HealthCheckProtocol", "HTTP"),
        port=int(port) if port.isdigit() else None,
        path=group.get("HealthCheckPath", "/"),
        interval_seconds=float(group["HealthCheckIntervalSeconds"]),
        timeout_seconds=float(group["HealthCheckTimeoutSeconds"]),
        healthy_threshold=int(group["HealthyThresholdCount"]),
        unhealthy_threshold=int(group["UnhealthyThresholdCount"]),
        codes=tuple(_codes(group.get("Matcher", {}).get("HttpCode", "200"))),
    )


def _codes(text: str) -> Iterator[tuple[int, int]]:
    """Ranges of a matcher such as "200,204" or "200-299"."""
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        yield int(first), int(last or first)
