from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from constructs_lib.network.addresses import MAX_ZONES, divide


def test_zones_get_an_eighth_of_each_kind() -> None:
    first, second = divide("10.20.0.0/16", ("a", "b"))
    assert (first.name, first.public_cidr, first.private_cidr) == ("a", "10.20.0.0/19", "10.20.128.0/19")
    assert (second.name, second.public_cidr, second.private_cidr) == ("b", "10.20.32.0/19", "10.20.160.0/19")


def test_one_more_zone_moves_no_other() -> None:
    assert divide("10.0.0.0/16", ("a", "b", "c"))[:2] == divide("10.0.0.0/16", ("a", "b"))


@pytest.mark.parametrize("cidr", ["10.20.0.0/16", "192.168.4.0/22", "10.1.2.0/24"])
def test_blocks_lie_inside_and_never_overlap(cidr: str) -> None:
    zones = divide(cidr, ("a", "b", "c", "d"))
    blocks = [IPv4Network(block) for zone in zones for block in (zone.public_cidr, zone.private_cidr)]
    assert all(block.subnet_of(IPv4Network(cidr)) for block in blocks)
    assert not any(one.overlaps(other) for index, one in enumerate(blocks) for other in blocks[:index])


def test_the_smallest_vpc_leaves_what_a_load_balancer_accepts() -> None:
    assert {IPv4Network(zone.private_cidr).prefixlen for zone in divide("10.1.2.0/24", ("a", "b"))} == {27}


def test_more_zones_than_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 4 zones fit a VPC, got 5"):
        divide("10.20.0.0/16", ["z"] * (MAX_ZONES + 1))
