"""Rules on the network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.rules.base import Violation, reads_fields

if TYPE_CHECKING:
    from config.environment import Environment

_SMALLEST_NEW_VPC = 24
# Subnets are eighths of the VPC.
_SUBNET_BITS = 3
# AWS keeps five addresses of a subnet and a load balancer wants eight; the rest is for search nodes and endpoints.
_OTHER_ADDRESSES = 5 + 8 + 5


@reads_fields("region", "network.availability_zones")
def zones_belong_to_region(env: Environment) -> Iterator[Violation]:
    for index, zone in enumerate(env.network.availability_zones):
        if zone[:-1] != env.region:
            yield f"network.availability_zones[{index}]", f"a zone of the region {env.region}, such as {env.region}a"


@reads_fields("network.workload_zones", "network.availability_zones")
def workload_zones_exist(env: Environment) -> Iterator[Violation]:
    zones = len(env.network.availability_zones)
    if env.network.workload_zones > zones:
        yield "network.workload_zones", f"at most {zones}, the number of availability_zones"


@reads_fields("network.cidr", "network.vpc_id")
def block_fits_vpc(env: Environment) -> Iterator[Violation]:
    """An eighth of a /24 is a /27, the smallest subnet a load balancer takes ("Subnets", load balancer guide)."""
    net = env.network
    if net.vpc_id is None and int(net.cidr.split("/")[1]) > _SMALLEST_NEW_VPC:
        yield "network.cidr", f"/{_SMALLEST_NEW_VPC} or larger, so that the subnets of four zones fit"
    if net.vpc_id is not None and "cidr" not in net.model_fields_set:
        yield "network.cidr", f"the block of {net.vpc_id}, because its rules are written for that block"


@reads_fields("network.cidr", "network.vpc_id", "network.workload_zones", "service.max_tasks")
def tasks_have_addresses(env: Environment) -> Iterator[Violation]:
    """Each task takes an address and a deployment doubles the tasks; unchecked, only scaling would fail."""
    net = env.network
    subnet = 2 ** (32 - int(net.cidr.split("/")[1]) - _SUBNET_BITS)
    most = net.workload_zones * max(subnet - _OTHER_ADDRESSES, 0) // 2
    if net.vpc_id is None and 0 < most < env.service.max_tasks:
        yield "service.max_tasks", f"at most {most}, because subnets of network.cidr hold no more during a deployment"


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
