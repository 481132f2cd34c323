"""Quotas that a new account meets first."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.doctor.account.asking import Account
from pipeline.doctor.finding import Diagnosis

# Security group rules: CloudFront's prefix list counts as 55 (VPC user guide, AWS-managed prefix lists).
RULES_A_GROUP = 60


@dataclass(frozen=True)
class Quota:
    """A quota of Service Quotas, what this environment needs of it, and what is used already."""

    name: str
    service: str
    code: str
    needed: float
    used: float = 0


def examine(account: Account) -> Iterator[Diagnosis]:
    """Is there room for what the configuration asks for at most?"""
    for quota in _quotas(account):
        answer = account.ask("service-quotas", "get_service_quota", ServiceCode=quota.service, QuotaCode=quota.code)
        yield compare_quota(quota, float(answer["Quota"]["Value"]))


def compare_quota(quota: Quota, limit: float) -> Diagnosis:
    """Green when what is used and what is needed fit together."""
    detail = f"{quota.needed:g} needed, {quota.used:g} of {limit:g} used"
    if quota.used + quota.needed <= limit:
        return Diagnosis(quota.name, "green", detail)
    ask = f"aws service-quotas request-service-quota-increase --service-code {quota.service} --quota-code {quota.code}"
    wanted = math.ceil(quota.used + quota.needed)
    return Diagnosis(quota.name, "red", detail, f"Ask for more: `{ask} --desired-value {wanted}`. It can take days.")


def tasks(account: Account) -> tuple[int, int]:
    """On-demand and Spot tasks at full scale."""
    service = account.env.service
    base = min(service.on_demand_base, service.max_tasks)
    spot = math.ceil((service.max_tasks - base) * service.spot_percent / 100)
    return service.max_tasks - spot, spot


def _quotas(account: Account) -> Iterator[Quota]:
    env = account.env
    on_demand, spot = tasks(account)
    vcpu = env.service.cpu / 1024
    if on_demand:
        yield Quota("Fargate on-demand vCPU", "fargate", "L-3032A538", on_demand * vcpu)
    if spot:
        yield Quota("Fargate Spot vCPU", "fargate", "L-36FBB829", spot * vcpu)
    if env.edge.enabled:
        yield Quota("rules of a security group", "vpc", "L-0EA8095F", RULES_A_GROUP)
    if env.network.vpc_id is None and not _has_vpc(account):
        yield Quota("VPCs", "vpc", "L-F678F1CE", 1, len(account.all("ec2", "describe_vpcs", "Vpcs")))
        gateways = {"nat_gateway": 1, "nat_per_az": env.network.workload_zones}.get(env.network.egress, 0)
        if gateways:
            used = len(account.ask("ec2", "describe_addresses")["Addresses"])
            yield Quota("elastic addresses", "ec2", "L-0263D0A3", gateways, used)


def _has_vpc(account: Account) -> bool:
    """Is this environment's VPC there already? Then its addresses are too."""
    tags = account.env.default_tags
    filters = [{"Name": f"tag:{key}", "Values": [tags[key]]} for key in ("Project", "Environment")]
    return bool(account.all("ec2", "describe_vpcs", "Vpcs", Filters=filters))
