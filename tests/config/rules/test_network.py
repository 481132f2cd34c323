from __future__ import annotations

from typing import Any

import pytest

from tests.config.samples import build, problems

SUBNETS = [f"subnet-{index:017x}" for index in range(6)]
VPC = "vpc-0123456789abcdef0"


def network(**settings: Any) -> dict[str, str]:
    return problems(network=settings)


def existing(**settings: Any) -> dict[str, str]:
    return network(vpc_id=VPC, cidr="10.9.0.0/26", **settings)


@pytest.mark.parametrize(("prefix", "accepted"), [(16, True), (24, True), (25, False), (28, False)])
def test_new_vpc_has_room_for_subnets(prefix: int, accepted: bool) -> None:
    assert (not network(cidr=f"10.0.0.0/{prefix}")) == accepted


@pytest.mark.parametrize(
    ("cidr", "zones", "tasks", "accepted"),
    [
        ("10.0.0.0/24", 1, 13, True),  # of 32 addresses AWS keeps 5 and a NAT gateway has one
        ("10.0.0.0/24", 1, 14, False),
        ("10.0.0.0/24", 2, 26, True),
        ("10.0.0.0/24", 2, 27, False),
        ("10.0.0.0/16", 1, 4093, True),
        ("10.0.0.0/16", 1, 4094, False),
    ],
)
def test_tasks_have_addresses(cidr: str, zones: int, tasks: int, accepted: bool) -> None:
    found = problems(network={"cidr": cidr, "workload_zones": zones}, service={"max_tasks": tasks})
    assert set(found) == (set() if accepted else {"service.max_tasks"})


@pytest.mark.parametrize(
    ("settings", "nodes", "tasks", "wrong"),
    [
        # 32 addresses, less 5 for AWS, 8 for the load balancer, 5 endpoints and 2 functions: 12.
        ({"egress": "endpoints"}, 1, 4, set()),
        ({"egress": "endpoints"}, 1, 5, {"service.max_tasks"}),
        ({"egress": "endpoints"}, 4, 1, {"network.cidr"}),
        ({"egress": "endpoints"}, 5, 1, {"search.instance_count"}),
        ({"egress": "nat_gateway"}, 1, 7, set()),
        ({"egress": "nat_gateway"}, 1, 8, {"service.max_tasks"}),
        # Tasks with addresses of their own stand in the public subnets: the private ones have room for five nodes.
        ({}, 5, 13, set()),
        ({}, 6, 1, {"search.instance_count"}),
        ({"workload_zones": 2}, 10, 26, set()),
        ({"workload_zones": 2}, 12, 26, {"search.instance_count"}),
    ],
)
def test_subnets_hold_nodes_and_endpoints(settings: dict[str, Any], nodes: int, tasks: int, wrong: set[str]) -> None:
    kind = {"instance_type": "m6g.large.search", "instance_count": nodes}
    found = problems(
        network={"cidr": "10.0.0.0/24", **settings}, search=kind, service={"max_tasks": tasks, "min_tasks": 1}
    )
    assert set(found) == wrong


def test_a_shell_needs_endpoints_of_its_own() -> None:
    small = {"cidr": "10.0.0.0/24", "egress": "endpoints"}
    found = problems(network=small, service={"max_tasks": 4, "execute_command": True})
    assert found["service.max_tasks"].startswith("at most 3")


@pytest.mark.parametrize(("tasks", "accepted"), [(23, True), (24, False)])
def test_an_existing_vpc_holds_no_more_than_its_block(tasks: int, accepted: bool) -> None:
    subnets = {"public_subnet_ids": SUBNETS[:2], "private_subnet_ids": SUBNETS[2:4]}
    found = problems(network={"vpc_id": VPC, "cidr": "10.9.0.0/26", **subnets}, service={"max_tasks": tasks})
    assert set(found) == (set() if accepted else {"service.max_tasks"})


def test_existing_vpc_needs_its_block() -> None:
    found = network(vpc_id=VPC, public_subnet_ids=SUBNETS[:2], private_subnet_ids=SUBNETS[2:4])
    assert found == {"network.cidr": f"the block of {VPC}, because its rules are written for that block"}


def test_zones_of_another_region() -> None:
    found = network(availability_zones=["us-east-1a", "eu-west-1b"])
    among = ", ".join(f"us-east-1{letter}" for letter in "abcdef")
    assert found == {"network.availability_zones[1]": f"a zone of the region us-east-1: {among}"}


@pytest.mark.parametrize("region", ["us-west-1", "ap-northeast-1"])
def test_zones_are_named_where_not_every_account_has_the_first_two(region: str) -> None:
    plain = {"model_id": "amazon.nova-lite-v1:0", "destination_regions": []}
    found = problems(region=region, bedrock=plain)
    assert set(found) == {"network.availability_zones"}
    assert "describe-availability-zones" in found["network.availability_zones"]
    assert not problems(region=region, bedrock=plain, network={"availability_zones": [f"{region}a", f"{region}c"]})


@pytest.mark.parametrize(("zone", "accepted"), [("eu-west-1c", True), ("eu-west-1d", False), ("eu-west-1z", False)])
def test_zones_that_no_account_has(zone: str, accepted: bool) -> None:
    plain = {"model_id": "amazon.nova-lite-v1:0", "destination_regions": []}
    found = problems(region="eu-west-1", bedrock=plain, network={"availability_zones": ["eu-west-1a", zone]})
    assert set(found) == (set() if accepted else {"network.availability_zones[1]"})


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


@pytest.mark.parametrize(("strategy", "most"), [("rolling", 23), ("canary", 22)])
def test_the_function_that_asks_new_tasks_takes_an_address(strategy: str, most: int) -> None:
    """Tasks in private subnets share them with it, and blue and green run together."""
    tables: dict[str, Any] = {
        "network": {"cidr": "10.0.0.0/23", "egress": "nat_gateway"},
        "dns": {"domain": "chat.example.com", "zone_name": "example.com"},
        "deployment": {"strategy": strategy},
    }
    found = problems(**tables, service={"max_tasks": 50})
    assert found["service.max_tasks"].startswith(f"at most {most},")
    assert not problems(**tables, service={"max_tasks": most})
