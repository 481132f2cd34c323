from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from constructs_lib.network.vpc import AvailabilityZone, Egress, VpcNetwork
from tests.support.synthesised import Template, template

ZONES = (
    AvailabilityZone("us-east-1a", "10.20.0.0/20", "10.20.128.0/20"),
    AvailabilityZone("us-east-1b", "10.20.16.0/20", "10.20.144.0/20"),
    AvailabilityZone("us-east-1c", "10.20.32.0/20", "10.20.160.0/20"),
)


@cache
def _network(**changes: Any) -> Template:
    return template(
        lambda scope: VpcNetwork(scope, "net", **{"name": "net", "cidr": "10.20.0.0/16", "zones": ZONES, **changes})
    )


def _private_routes(network: Template) -> list[str]:
    """The gateway each private subnet's default route leads to, in the order of the zones."""
    routes = network.all("aws_route").values()
    return [route["nat_gateway_id"] for route in routes if "nat_gateway_id" in route]


def test_vpc_resolves_the_names_of_endpoints() -> None:
    vpc = _network().one("aws_vpc")
    assert vpc["cidr_block"] == "10.20.0.0/16"
    assert (vpc["enable_dns_support"], vpc["enable_dns_hostnames"]) == (True, True)


def test_default_group_lets_nothing_through() -> None:
    group = _network().one("aws_default_security_group")
    assert "ingress" not in group
    assert "egress" not in group


@pytest.mark.parametrize(("index", "zone"), list(enumerate(ZONES)))
def test_each_zone_has_a_public_and_a_private_subnet(index: int, zone: AvailabilityZone) -> None:
    for kind, cidr in (("public", zone.public_cidr), ("private", zone.private_cidr)):
        subnet = _network().one("aws_subnet", f"{kind}_{index}")
        assert (subnet["availability_zone"], subnet["cidr_block"]) == (zone.name, cidr)


def test_no_subnet_hands_out_public_addresses() -> None:
    subnets = _network().all("aws_subnet").values()
    assert [subnet["map_public_ip_on_launch"] for subnet in subnets] == [False] * 6


@pytest.mark.parametrize("egress", ["public_ip", "nat_gateway", "nat_per_az", "endpoints"])
def test_only_public_subnets_route_to_the_internet_gateway(egress: Egress) -> None:
    network = _network(egress=egress)
    table = network.one("aws_route", "public_default")
    assert table["destination_cidr_block"] == "0.0.0.0/0"
    assert table["gateway_id"].startswith("${aws_internet_gateway.")
    public = {each["subnet_id"] for each in network.all("aws_route_table_association").values()
              if each["route_table_id"] == table["route_table_id"]}  # fmt: skip
    assert len(public) == 3
    assert all("public_" in subnet for subnet in public)


@pytest.mark.parametrize("egress", ["public_ip", "endpoints"])
def test_private_subnets_lead_nowhere_without_a_gateway(egress: Egress) -> None:
    network = _network(egress=egress)
    assert "aws_nat_gateway" not in network.types()
    assert "aws_eip" not in network.types()
    assert len(network.all("aws_route")) == 1


def test_one_gateway_serves_every_zone() -> None:
    network = _network(egress="nat_gateway", workload_zones=2)
    assert len(network.all("aws_nat_gateway")) == 1
    assert len(_private_routes(network)) == 3
    assert len(set(_private_routes(network))) == 1


@pytest.mark.parametrize(("workload_zones", "gateways"), [(1, 1), (2, 2), (3, 3)])
def test_zones_with_tasks_have_a_gateway_each(workload_zones: int, gateways: int) -> None:
    network = _network(egress="nat_per_az", workload_zones=workload_zones)
    assert len(network.all("aws_nat_gateway")) == len(network.all("aws_eip")) == gateways
    routes = _private_routes(network)
    assert len(routes) == 3
    assert len(set(routes[:workload_zones])) == workload_zones


def test_a_gateway_lies_in_the_public_subnet_of_its_zone() -> None:
    network = _network(egress="nat_per_az", workload_zones=2)
    for index in (0, 1):
        gateway = network.one("aws_nat_gateway", f"nat_{index}")
        assert f"public_{index}" in gateway["subnet_id"]
        route = network.one("aws_route", f"private_default_{index}")
        assert f"_nat_{index}_" in route["nat_gateway_id"]


@pytest.mark.parametrize("kind", ["aws_nat_gateway", "aws_eip"])
def test_gateways_and_their_addresses_wait_for_the_way_out(kind: str) -> None:
    network = _network(egress="nat_per_az", workload_zones=2)
    attached = f"aws_internet_gateway.{next(iter(network.all('aws_internet_gateway')))}"
    assert [body["depends_on"] for body in network.all(kind).values()] == [[attached]] * 2


def test_ids_come_in_the_order_of_the_zones() -> None:
    built: list[VpcNetwork] = []
    template(lambda scope: built.append(VpcNetwork(scope, "net", name="net", cidr="10.20.0.0/16", zones=ZONES)))
    (network,) = built
    assert len(network.public_subnets) == len(network.private_subnets) == len(network.private_route_tables) == 3
    assert len({*network.public_subnets, *network.private_subnets}) == 6
