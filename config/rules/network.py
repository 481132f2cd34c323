"""Rules on the network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config import zones
from config.rules.base import Violation, reads_fields

if TYPE_CHECKING:
    from config.environment import Environment

_SMALLEST_NEW_VPC = 24
_SMALLEST_EXISTING_VPC = 26
# Subnets are eighths of the VPC.
_SUBNET_BITS = 3
# AWS keeps five addresses of a subnet ("Subnet CIDR blocks", VPC guide); a load balancer wants eight ("Subnets", its
# guide); a domain reserves three for each data node, to replace all of them at once ("Reserving IP addresses in a VPC
# subnet", OpenSearch Service guide).
_KEPT, _LOAD_BALANCER, _PER_NODE = 5, 8, 3
# The function that finishes the domain, and the one that loads pages.
_FUNCTIONS = 2
# The function that asks new tasks before a visitor does.
_RELEASE_FUNCTIONS = 1
# Interface endpoints (stacks/infrastructure.py): those tasks need, those a shell in a task needs besides, and spans'.
ENDPOINTS, SHELL_ENDPOINTS, TRACE_ENDPOINTS = 5, 2, 1


@reads_fields("region", "network.availability_zones", "network.vpc_id")
def zones_belong_to_region(env: Environment) -> Iterator[Violation]:
    """Zones of an existing VPC are those of its subnets, which `doctor` looks at."""
    if env.network.vpc_id is not None and "availability_zones" not in env.network.model_fields_set:
        return
    if env.region in zones.WITHOUT_A_AND_B and "availability_zones" not in env.network.model_fields_set:
        yield (
            "network.availability_zones",
            f"two zones that the account has in {env.region} (`aws ec2 describe-availability-zones --region "
            f"{env.region}`), because not every account has a and b there",
        )
        return
    known = zones.letters(env.region)
    for index, zone in enumerate(env.network.availability_zones):
        if zone[:-1] != env.region or zone[-1] not in known:
            among = ", ".join(f"{env.region}{letter}" for letter in known)
            yield f"network.availability_zones[{index}]", f"a zone of the region {env.region}: {among}"


@reads_fields("network.workload_zones", "network.availability_zones", "network.vpc_id")
def workload_zones_exist(env: Environment) -> Iterator[Violation]:
    zones = len(env.network.availability_zones)
    if env.network.vpc_id is None and env.network.workload_zones > zones:
        yield "network.workload_zones", f"at most {zones}, the number of availability_zones"


@reads_fields("network.cidr", "network.vpc_id")
def block_fits_vpc(env: Environment) -> Iterator[Violation]:
    """An eighth of a /24 is a /27, the smallest subnet a load balancer takes ("Subnets", load balancer guide)."""
    net = env.network
    if net.vpc_id is None and int(net.cidr.split("/")[1]) > _SMALLEST_NEW_VPC:
        yield "network.cidr", f"/{_SMALLEST_NEW_VPC} or larger, so that the subnets of four zones fit"
    if net.vpc_id is not None and int(net.cidr.split("/")[1]) > _SMALLEST_EXISTING_VPC:
        yield "network.cidr", f"/{_SMALLEST_EXISTING_VPC} or larger: a load balancer takes two subnets of /27"
    if net.vpc_id is not None and "cidr" not in net.model_fields_set:
        yield "network.cidr", f"the block of {net.vpc_id}, because its rules are written for that block"


@reads_fields(
    "network", "service.max_tasks", "service.execute_command", "search", "ingestion.sources", "deployment.strategy"
)
def subnets_hold_what_runs(env: Environment) -> Iterator[Violation]:
    """Each task takes an address and a deployment doubles the tasks; unchecked, only scaling would fail.

    Subnets of an existing VPC aren't known here: all of them together are no larger than its block.
    """
    net, search = env.network, env.search
    existing = net.vpc_id is not None
    size = 2 ** (32 - int(net.cidr.split("/")[1]) - (0 if existing else _SUBNET_BITS))
    places = 1 if existing else net.workload_zones
    together = existing or net.egress != "public_ip"
    room = size - _KEPT - _LOAD_BALANCER - _endpoints(env) * (net.workload_zones if existing else 1)
    if env.shifts_releases:
        room -= _RELEASE_FUNCTIONS
    nodes = 0
    if search.builds_domain:
        room -= _FUNCTIONS
        spread = 1 if existing else env.search_zones
        nodes = -(-_PER_NODE * search.instance_count // spread)
        if nodes > room:
            most = room * spread // _PER_NODE
            if most < 1:
                yield "network.cidr", "a larger block: its subnets don't hold a load balancer, endpoints and one node"
            else:
                yield (
                    "search.instance_count",
                    f"at most {most}, because subnets of network.cidr hold no more: a domain reserves {_PER_NODE} "
                    "addresses a node",
                )
            return
    free = room - nodes if together else size - _KEPT - 1  # a NAT gateway's place
    most = places * max(free, 0) // 2
    if most < 1:
        yield "network.cidr", "a larger block: its subnets hold no task beside what else is in them"
    elif most < env.service.max_tasks:
        yield "service.max_tasks", f"at most {most}, because subnets of network.cidr hold no more during a deployment"


def _endpoints(env: Environment) -> int:
    """Interface endpoints in each subnet of tasks."""
    if env.network.egress != "endpoints":
        return 0
    return interface_endpoints(env)


def interface_endpoints(env: Environment) -> int:
    """Interface endpoints in each zone with egress = "endpoints"."""
    shells, traces = SHELL_ENDPOINTS * env.service.execute_command, TRACE_ENDPOINTS * env.traces
    return ENDPOINTS + shells + traces


@reads_fields("network")
def existing_vpc_has_subnets(env: Environment) -> Iterator[Violation]:
    net = env.network
    lists = {"public_subnet_ids": net.public_subnet_ids, "private_subnet_ids": net.private_subnet_ids}
    if net.vpc_id is None:
        for key, ids in lists.items():
            if ids:
                yield f"network.{key}", "only together with network.vpc_id"
        return
    needed = max(2, net.workload_zones)
    if len(net.private_subnet_ids) < needed:
        yield "network.private_subnet_ids", f"at least {needed} subnets of the VPC, each in another zone"
    if net.egress == "public_ip" and len(net.public_subnet_ids) < net.workload_zones:
        yield (
            "network.public_subnet_ids",
            f'at least {net.workload_zones}, because egress = "public_ip" runs tasks there',
        )
    for index, subnet in enumerate(net.public_subnet_ids):
        if subnet in net.private_subnet_ids:
            yield f"network.public_subnet_ids[{index}]", "a subnet that isn't also in private_subnet_ids"
