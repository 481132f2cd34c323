"""Quotas that a new account is most likely to exceed."""

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
    """A quota of Service Quotas, the amount this environment needs, and the amount used already."""

    name: str
    service: str
    code: str
    needed: float
    used: float = 0


def examine(account: Account) -> Iterator[Diagnosis]:
    """Whether each quota has room for the configured maximum."""
    for quota in _quotas(account):
        answer = account.ask("service-quotas", "get_service_quota", ServiceCode=quota.service, QuotaCode=quota.code)
        yield compare_quota(quota, float(answer["Quota"]["Value"]))


def compare_quota(quota: Quota, limit: float) -> Diagnosis:
    """Green when the amounts used and needed are within the limit."""
    detail = f"{quota.needed:g} needed, {quota.used:g} of {limit:g} used"
    if quota.used + quota.needed <= limit:
        return Diagnosis(quota.name, "green", detail)
    ask = f"aws service-quotas request-service-quota-increase --service-code {quota.service} --quota-code {quota.code}"
    wanted = math.ceil(quota.used + quota.needed)
    return Diagnosis(quota.name, "red", detail, f"Ask for more: `{ask} --desired-value {wanted}`. It can take days.")


def tasks_at_full_scale(account: Account) -> tuple[int, int]:
    """Number of on-demand and of Spot tasks at full scale; a release that keeps the old ones meanwhile takes twice."""
    service = account.env.service
    base = min(service.on_demand_base, service.max_tasks)
    spot = math.ceil((service.max_tasks - base) * service.spot_percent / 100)
    releases = 2 if account.env.shifts_releases else 1
    return (service.max_tasks - spot) * releases, spot * releases


def _quotas(account: Account) -> Iterator[Quota]:
    env = account.env
    on_demand, spot = tasks_at_full_scale(account)
    vcpu = env.service.cpu / 1024
    if on_demand:
        yield Quota("Fargate on-demand vCPU", "fargate", "L-3032A538", on_demand * vcpu)
    if spot:
        yield Quota("Fargate Spot vCPU", "fargate", "L-36FBB829", spot * vcpu)
    if env.edge.enabled:
        yield Quota("rules of a security group", "vpc", "L-0EA8095F", RULES_A_GROUP)
    if env.network.vpc_id is None and not _has_vpc(account):
        yield Quota("VPCs", "vpc", "L-F678F1CE", 1, len(account.all("ec2", "describe_vpcs", "Vpcs")))
        there = len(account.all("ec2", "describe_internet_gateways", "InternetGateways"))
        yield Quota("internet gateways", "vpc", "L-A4707A72", 1, there)
        gateways = {"nat_gateway": 1, "nat_per_az": env.network.workload_zones}.get(env.network.egress, 0)
        if gateways:
            used = len(account.ask("ec2", "describe_addresses")["Addresses"])
            yield Quota("elastic addresses", "ec2", "L-0263D0A3", gateways, used)


def _has_vpc(account: Account) -> bool:
    """Whether this environment's VPC, and so its addresses, exist already."""
    tags = account.env.default_tags
    filters = [{"Name": f"tag:{key}", "Values": [tags[key]]} for key in ("Project", "Environment")]
    return bool(account.all("ec2", "describe_vpcs", "Vpcs", Filters=filters))
