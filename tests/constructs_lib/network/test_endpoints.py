from __future__ import annotations

import pytest

from config.place import Place
from constructs_lib.network.endpoints import GatewayEndpoint, InterfaceEndpoints
from tests.support.synthesised import Template, template

PLACE = Place("111111111111", "eu-west-1", "aws")


@pytest.fixture(scope="module")
def gateway() -> Template:
    return template(
        lambda scope: GatewayEndpoint(
            scope,
            "gateway",
            name="net",
            vpc_id="vpc-1",
            place=PLACE,
            route_tables=("rtb-1", "rtb-2"),
        )
    )


@pytest.fixture(scope="module")
def interfaces() -> Template:
    return template(
        lambda scope: InterfaceEndpoints(
            scope,
            "interfaces",
            name="net",
            vpc_id="vpc-1",
            place=PLACE,
            subnets=("subnet-1",),
            client_groups=("sg-task",),
            services=("ecr.api", "bedrock-runtime"),
        )
    )


def test_s3_is_routed_for_every_table(gateway: Template) -> None:
    endpoint = gateway.one("aws_vpc_endpoint")
    assert endpoint["vpc_endpoint_type"] == "Gateway"
    assert endpoint["service_name"] == "com.amazonaws.eu-west-1.s3"
    assert endpoint["route_table_ids"] == ["rtb-1", "rtb-2"]


def test_s3_serves_image_layers_alone_and_over_tls(gateway: Template) -> None:
    (statement,) = gateway.statements("s3_policy").values()
    assert statement["actions"] == ["s3:GetObject"]
    assert statement["resources"] == ["arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*"]
    assert statement["condition"] == [{"test": "Bool", "variable": "aws:SecureTransport", "values": ["true"]}]
    assert "s3_policy" in gateway.one("aws_vpc_endpoint")["policy"]


@pytest.mark.parametrize("service", ["ecr.api", "bedrock-runtime"])
def test_each_service_has_an_endpoint_under_its_own_name(interfaces: Template, service: str) -> None:
    endpoint = interfaces.one("aws_vpc_endpoint", service.replace(".", "_").replace("-", "_"))
    assert endpoint["vpc_endpoint_type"] == "Interface"
    assert endpoint["service_name"] == f"com.amazonaws.eu-west-1.{service}"
    assert endpoint["private_dns_enabled"] is True
    assert endpoint["subnet_ids"] == ["subnet-1"]
    assert len(endpoint["security_group_ids"]) == 1
    assert "interfaces_policy" in endpoint["policy"]


def test_only_this_account_may_call(interfaces: Template) -> None:
    (statement,) = interfaces.statements("interfaces/policy").values()
    assert statement["condition"] == [
        {"test": "StringEquals", "variable": "aws:PrincipalAccount", "values": ["111111111111"]}
    ]


def test_only_the_clients_may_connect(interfaces: Template) -> None:
    rule = interfaces.one("aws_vpc_security_group_ingress_rule")
    assert rule["referenced_security_group_id"] == "sg-task"
    assert (rule["ip_protocol"], rule["from_port"], rule["to_port"]) == ("tcp", 443, 443)
    assert "cidr_ipv4" not in rule
    assert "aws_vpc_security_group_egress_rule" not in interfaces.types()
