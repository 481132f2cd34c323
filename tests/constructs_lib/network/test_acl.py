from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from constructs_lib.network.acl import SubnetAcl
from tests.support.synthesised import Resource, template

CIDR = "10.20.0.0/16"
WORLD = "0.0.0.0/0"


@pytest.fixture(scope="module")
def acl() -> Resource:
    return template(
        lambda scope: SubnetAcl(scope, "acl", name="net-public", vpc_id="vpc-1", vpc_cidr=CIDR, subnets=("a", "b"))
    ).one("aws_network_acl")


def _allowed(rules: Sequence[Mapping[str, Any]], cidr: str) -> list[tuple[str, int, int]]:
    return [(rule["protocol"], rule["from_port"], rule["to_port"]) for rule in rules if rule["cidr_block"] == cidr]


def test_it_belongs_to_the_subnets(acl: Resource) -> None:
    assert (acl["vpc_id"], acl["subnet_ids"]) == ("vpc-1", ["a", "b"])


def test_the_port_of_a_vpc_origin_is_open_and_its_answers_leave() -> None:
    acl = template(
        lambda scope: SubnetAcl(
            scope, "acl", name="net-private", vpc_id="vpc-1", vpc_cidr=CIDR, subnets=("a",), listener_port=80
        )
    ).one("aws_network_acl")
    assert _allowed(acl["ingress"], WORLD) == [("tcp", 32768, 65535), ("tcp", 80, 80)]
    assert _allowed(acl["egress"], WORLD) == [("tcp", 443, 443), ("tcp", 1024, 3388), ("tcp", 3390, 65535)]


@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_the_vpc_talks_to_itself(acl: Resource, direction: str) -> None:
    assert _allowed(acl[direction], CIDR) == [("-1", 0, 0)]


def test_https_goes_out(acl: Resource) -> None:
    assert _allowed(acl["egress"], WORLD) == [("tcp", 443, 443)]


def test_only_answers_come_in_from_the_world(acl: Resource) -> None:
    assert _allowed(acl["ingress"], WORLD) == [("tcp", 32768, 65535)]


def test_nat_gateways_and_functions_get_answers_on_lower_ports() -> None:
    acl = template(
        lambda scope: SubnetAcl(
            scope, "acl", name="net-public", vpc_id="vpc-1", vpc_cidr=CIDR, subnets=("a",), low_answers=True
        )
    ).one("aws_network_acl")
    assert _allowed(acl["ingress"], WORLD) == [("tcp", 1024, 3388), ("tcp", 3390, 65535)]


@pytest.mark.parametrize("direction", ["ingress", "egress"])
@pytest.mark.parametrize("port", [22, 3389])
def test_administration_is_closed_to_the_world(acl: Resource, direction: str, port: int) -> None:
    assert not [rule for rule in _allowed(acl[direction], WORLD) if rule[0] == "-1" or rule[1] <= port <= rule[2]]


@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_rules_allow_and_have_numbers_of_their_own(acl: Resource, direction: str) -> None:
    numbers = [rule["rule_no"] for rule in acl[direction]]
    assert len(set(numbers)) == len(numbers)
    assert {rule["action"] for rule in acl[direction]} == {"allow"}
