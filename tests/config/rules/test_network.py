from __future__ import annotations

from typing import Any

import pytest

from tests.config.samples import build, problems

SUBNETS = [f"subnet-{index:017x}" for index in range(6)]
VPC = "vpc-0123456789abcdef0"


def network(**settings: Any) -> dict[str, str]:
    return problems(network=settings)


def existing(**settings: Any) -> dict[str, str]:
    return network(vpc_id=VPC, cidr="10.9.0.0/28", **settings)


@pytest.mark.parametrize(("prefix", "accepted"), [(16, True), (24, True), (25, False), (28, False)])
def test_new_vpc_has_room_for_subnets(prefix: int, accepted: bool) -> None:
    assert (not network(cidr=f"10.0.0.0/{prefix}")) == accepted


@pytest.mark.parametrize(
    ("cidr", "zones", "tasks", "accepted"),
    [
        ("10.0.0.0/24", 1, 7, True),
        ("10.0.0.0/24", 1, 8, False),
        ("10.0.0.0/24", 2, 14, True),
        ("10.0.0.0/24", 2, 15, False),
        ("10.0.0.0/16", 1, 4087, True),
        ("10.0.0.0/16", 1, 4088, False),
    ],
)
def test_tasks_have_addresses(cidr: str, zones: int, tasks: int, accepted: bool) -> None:
    found = problems(network={"cidr": cidr, "workload_zones": zones}, service={"max_tasks": tasks})
    assert set(found) == (set() if accepted else {"service.max_tasks"})


def test_existing_vpc_needs_its_block() -> None:
    found = network(vpc_id=VPC, public_subnet_ids=SUBNETS[:2], private_subnet_ids=SUBNETS[2:4])
    assert found == {"network.cidr": f"the block of {VPC}, because its rules are written for that block"}


def test_zones_of_another_region() -> None:
    found = network(availability_zones=["us-east-1a", "eu-west-1b"])
    assert found == {"network.availability_zones[1]": "a zone of the region us-east-1, such as us-east-1a"}


def test_region_with_a_longer_name_is_another_region() -> None:
    assert network(availability_zones=["us-east-1a", "us-east-11b"])
    assert network(availability_zones=["us-east-1a", "us-east-1-bos-1a"])


def test_more_workload_zones_than_zones() -> None:
    assert network(workload_zones=3) == {"network.workload_zones": "at most 2, the number of availability_zones"}
    assert not network(workload_zones=3, availability_zones=["us-east-1a", "us-east-1b", "us-east-1c"])


def test_existing_vpc() -> None:
    assert not existing(public_subnet_ids=SUBNETS[:2], private_subnet_ids=SUBNETS[2:4])


def test_existing_vpc_needs_private_subnets_in_two_zones() -> None:
    assert set(existing(egress="nat_gateway")) == {"network.private_subnet_ids"}
    assert set(existing(egress="nat_gateway", private_subnet_ids=SUBNETS[:1])) == {"network.private_subnet_ids"}


def test_tasks_with_public_addresses_need_public_subnets() -> None:
    assert set(existing(private_subnet_ids=SUBNETS[:2])) == {"network.public_subnet_ids"}
    assert not existing(private_subnet_ids=SUBNETS[:2], egress="endpoints")


def test_subnet_is_public_or_private() -> None:
    found = existing(public_subnet_ids=SUBNETS[1:3], private_subnet_ids=SUBNETS[:2])
    assert set(found) == {"network.public_subnet_ids[0]"}


def test_subnets_without_their_vpc() -> None:
    found = network(public_subnet_ids=SUBNETS[:2], private_subnet_ids=SUBNETS[2:4])
    assert set(found) == {"network.public_subnet_ids", "network.private_subnet_ids"}


@pytest.mark.parametrize("egress", ["public_ip", "nat_gateway", "nat_per_az", "endpoints"])
def test_every_egress_works_in_a_new_vpc(egress: str) -> None:
    assert build(network={"egress": egress}).network.egress == egress
