"""Availability zones in use: names map to other zones in each account, so offers are told by zone id."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pipeline.doctor.account.asking import Account
from pipeline.doctor.finding import Diagnosis

NAME = "zones"
# Zone ids without CloudFront VPC origins: CloudFront developer guide, "Restrict access with VPC origins", and public
# reports of refused origins in us-west-1. A test holds them to ids of their regions.
NO_VPC_ORIGINS = frozenset({"use1-az3", "usw1-az2", "cac1-az3", "apne1-az3"})
# Refused in reports of 2025; the guide doesn't name it.
REPORTED = frozenset({"apne2-az1"})
# Zone ids without Linux tasks on Fargate: ECS developer guide, "Supported Regions for Amazon ECS on AWS Fargate".
NO_FARGATE = frozenset({"usw1-az2", "apne1-az3"})


def examine(account: Account) -> Iterator[Diagnosis]:
    """Whether the zones are open to this account, and have VPC origins and Fargate."""
    known = {each["ZoneName"]: each for each in account.ask("ec2", "describe_availability_zones")["AvailabilityZones"]}
    wanted = load_balancer_zones(account)
    yield _judge(account, wanted, known)


def load_balancer_zones(account: Account) -> tuple[str, ...]:
    """Zones of the load balancer: those of the configuration, or those of an existing VPC's private subnets."""
    network = account.env.network
    if network.vpc_id is None:
        return network.availability_zones
    return tuple(each["AvailabilityZone"] for each in subnets(account, network.private_subnet_ids))


def task_zones(account: Account) -> tuple[str, ...]:
    """Zones of the tasks and interface endpoints."""
    network = account.env.network
    if network.vpc_id is None:
        return network.availability_zones[: network.workload_zones]
    ids = network.public_subnet_ids if network.egress == "public_ip" else network.private_subnet_ids
    return tuple(each["AvailabilityZone"] for each in subnets(account, ids[: network.workload_zones]))


def search_zones(account: Account) -> tuple[str, ...]:
    """Zones of the OpenSearch nodes."""
    return load_balancer_zones(account)[: account.env.search_zones]


def subnets(account: Account, ids: Collection[str]) -> list[dict[str, Any]]:
    """Subnets of the existing VPC with these ids, in their order; ids that aren't its own are left out."""
    inside = [{"Name": "vpc-id", "Values": [str(account.env.network.vpc_id)]}]
    found = {each["SubnetId"]: each for each in account.all("ec2", "describe_subnets", "Subnets", Filters=inside)}
    return [found[each] for each in ids if each in found]


def _judge(account: Account, wanted: Collection[str], known: Mapping[str, Mapping[str, Any]]) -> Diagnosis:
    setting = "availability_zones" if account.env.network.vpc_id is None else "private_subnet_ids"
    fix = f"Choose others in [network] {setting}; open here: {', '.join(sorted(known))}."
    missing = [zone for zone in wanted if known.get(zone, {}).get("State") != "available"]
    if missing:
        return Diagnosis(NAME, "red", f"not open to this account: {', '.join(missing)}", fix)
    edge = account.env.edge.enabled
    if closed := [zone for zone in wanted if edge and known[zone]["ZoneId"] in NO_VPC_ORIGINS]:
        return Diagnosis(NAME, "red", f"CloudFront has no VPC origins in {_shown(closed, known)}", fix)
    if closed := [zone for zone in task_zones(account) if known.get(zone, {}).get("ZoneId") in NO_FARGATE]:
        return Diagnosis(NAME, "red", f"Fargate runs no tasks in {_shown(closed, known)}", fix)
    if doubtful := [zone for zone in wanted if edge and known[zone]["ZoneId"] in REPORTED]:
        detail = f"VPC origins were refused in {_shown(doubtful, known)}, by reports of 2025"
        return Diagnosis(NAME, "yellow", detail, fix)
    return Diagnosis(NAME, "green", _shown(wanted, known))


def _shown(zones: Collection[str], known: Mapping[str, Mapping[str, Any]]) -> str:
    return ", ".join(f"{zone} ({known[zone]['ZoneId']})" for zone in zones)
