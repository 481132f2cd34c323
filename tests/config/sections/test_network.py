from __future__ import annotations

import pytest

from tests.config.samples import problems


@pytest.mark.parametrize("cidr", ["10.0.0.0/16", "10.0.0.0/24", "172.16.0.0/16", "172.31.254.0/23", "192.168.0.0/16"])
def test_block(cidr: str) -> None:
    assert not problems(network={"cidr": cidr})


@pytest.mark.parametrize(
    "cidr",
    [
        "10.0.0.0/15",
        "10.0.0.0/29",
        "10.0.0.1/16",
        "10.20.0.0",
        "10.20/16",
        "010.20.0.0/16",
        "10.20.0.0/255.255.0.0",
        "10.20.0.0/016",
        "172.15.0.0/16",
        "172.32.0.0/16",
        "192.169.0.0/16",
        "8.8.0.0/16",
        "fd00::/16",
        "\u0661\u0660.20.0.0/16",
    ],
)
def test_block_that_no_vpc_should_have(cidr: str) -> None:
    assert set(problems(network={"cidr": cidr})) == {"network.cidr"}


@pytest.mark.parametrize("vpc", ["vpc-12345678", "vpc-0123456789abcdef0"])
def test_vpc_id(vpc: str) -> None:
    assert "network.vpc_id" not in problems(network={"vpc_id": vpc})


@pytest.mark.parametrize("vpc", ["vpc-123", "vpc-0123456789abcdeg0", "VPC-12345678", "subnet-12345678"])
def test_no_vpc_id(vpc: str) -> None:
    assert "network.vpc_id" in problems(network={"vpc_id": vpc})
