"""An existing VPC is judged by its own subnets: routes, free addresses, names."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.doctor.account import subnets
from pipeline.doctor.account.asking import UnansweredError
from pipeline.doctor.finding import Diagnosis
from tests.pipeline.doctor.conftest import Describe, answers

PRIVATE = ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1")
PUBLIC = "subnet-0123456789abcdef2"
VPC = "vpc-0123456789abcdef0"
SERVICE = {"aws_ecs_service": {"web": {"name": "web"}}}
OUT = {"DestinationCidrBlock": "0.0.0.0/0"}
GATEWAY = {**OUT, "GatewayId": "igw-1", "State": "active"}
NAT = {**OUT, "NatGatewayId": "nat-1", "State": "active"}
S3 = {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"}

SOURCE = '[[ingestion.sources]]\nname = "site"\nkind = "sitemap"\naddress = "https://www.example.com/sitemap.xml"\n'


def examine(
    describe: Describe,
    egress: str,
    private: list[dict[str, Any]],
    *,
    on: bool = True,
    free: int = 200,
    new: Any = None,
    public: Any = None,
    more: str = "",
) -> dict[str, Diagnosis]:
    """Findings about a VPC whose private subnets have the main table with these routes."""
    text = (
        f'[network]\nvpc_id = "{VPC}"\ncidr = "10.9.0.0/16"\negress = "{egress}"\n'
        f'private_subnet_ids = ["{PRIVATE[0]}", "{PRIVATE[1]}"]\npublic_subnet_ids = ["{PUBLIC}"]\n'
    )
    account = describe(text + more, **(new or {}))
    places = [
        {"SubnetId": each, "AvailabilityZone": f"us-east-1{zone}", "AvailableIpAddressCount": free}
        for each, zone in zip((*PRIVATE, PUBLIC), "aba", strict=True)
    ]
    tables = [
        {"Associations": [{"Main": True}], "Routes": private},
        {"Associations": [{"Main": False, "SubnetId": PUBLIC}], "Routes": public or [GATEWAY]},
    ]
    attributes = [("describe_vpc_attribute", {"EnableDnsSupport": {"Value": on}})]
    if egress == "endpoints":
        attributes.append(("describe_vpc_attribute", {"EnableDnsHostnames": {"Value": on}}))
    listed = [("describe_subnets", {"Subnets": places})] * (2 if egress == "public_ip" else 1)
    answers(account, "ec2", *attributes, *listed, ("describe_route_tables", {"RouteTables": tables}))
    return {each.name: each for each in subnets.examine(account)}


@pytest.mark.parametrize(
    ("egress", "routes", "wrong"),
    [
        ("nat_gateway", [NAT], ""),
        ("nat_gateway", [{**OUT, "TransitGatewayId": "tgw-1", "State": "active"}], ""),
        ("nat_gateway", [], "no working route out"),
        ("nat_gateway", [NAT | {"State": "blackhole"}], "no working route out"),
        ("nat_gateway", [GATEWAY], "can't use"),
        ("endpoints", [S3], ""),
        ("endpoints", [NAT], "no route to a gateway endpoint of S3"),
        ("public_ip", [], ""),
    ],
)
def test_routes_lead_where_the_configuration_says(
    describe: Describe, egress: str, routes: list[dict[str, Any]], wrong: str
) -> None:
    found = examine(describe, egress, routes)["routes of the VPC"]
    assert found.light == ("red" if wrong else "green")
    assert wrong in found.detail


@pytest.mark.parametrize(
    ("routes", "light"), [([], "red"), ([GATEWAY], "red"), ([NAT], "green"), ([S3], "green"), ([S3, GATEWAY], "yellow")]
)
def test_the_function_that_fills_the_index_reaches_s3(
    describe: Describe, routes: list[dict[str, Any]], light: str
) -> None:
    found = examine(describe, "public_ip", routes, more=SOURCE)["routes of the VPC"]
    assert found.light == light
    assert (subnets.LOADER in found.detail) is (light == "red")


def test_a_public_subnet_without_a_gateway_is_red(describe: Describe) -> None:
    found = examine(describe, "public_ip", [], public=[NAT])["routes of the VPC"]
    assert (found.light, f"{PUBLIC} has no route to an internet gateway" in found.detail) == ("red", True)


def test_private_subnets_that_are_public_are_yellow_where_nothing_breaks(describe: Describe) -> None:
    found = examine(describe, "public_ip", [GATEWAY])["routes of the VPC"]
    assert (found.light, PRIVATE[0] in found.detail) == ("yellow", True)


def test_names_of_services_need_the_resolver(describe: Describe) -> None:
    assert examine(describe, "endpoints", [S3])["DNS of the VPC"].light == "green"
    found = examine(describe, "endpoints", [S3], on=False)["DNS of the VPC"]
    assert found.light == "red"
    assert "--enable-dns-support` and `aws ec2 modify-vpc-attribute" in found.fix


@pytest.mark.parametrize(("free", "light"), [(200, "green"), (10, "red")])
def test_free_addresses_are_counted_before_the_service_exists(describe: Describe, free: int, light: str) -> None:
    found = examine(describe, "nat_gateway", [NAT], free=free, new=SERVICE)
    assert found["addresses of the VPC"].light == light
    assert "addresses of the VPC" not in examine(describe, "nat_gateway", [NAT], free=free)


def test_room_is_for_twice_the_tasks_the_nodes_and_the_load_balancer(describe: Describe) -> None:
    """Of one workload zone: 2 x 4 tasks by default, 8 of the load balancer, 3 for one node."""
    found = examine(describe, "nat_gateway", [NAT], free=8, new=SERVICE)["addresses of the VPC"]
    assert PRIVATE[0] in found.detail
    assert PRIVATE[1] not in found.detail, "the load balancer alone fits there"


def test_a_new_vpc_is_not_judged(describe: Describe) -> None:
    assert list(subnets.examine(describe())) == []


def test_a_refused_question_names_the_permission(describe: Describe) -> None:
    account = describe(
        f'[network]\nvpc_id = "{VPC}"\ncidr = "10.9.0.0/16"\negress = "nat_gateway"\n'
        f'private_subnet_ids = ["{PRIVATE[0]}", "{PRIVATE[1]}"]\n'
    )
    answers(account, "ec2", ("describe_vpc_attribute", "UnauthorizedOperation:no"))
    with pytest.raises(UnansweredError) as caught:
        list(subnets.examine(account))
    assert caught.value.fix == "Allow this role to call DescribeVpcAttribute."
