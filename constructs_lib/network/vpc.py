"""A VPC with public and private subnets, and one of four ways out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cdktf_cdktf_provider_aws.default_security_group import DefaultSecurityGroup
from cdktf_cdktf_provider_aws.eip import Eip
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.nat_gateway import NatGateway
from cdktf_cdktf_provider_aws.route import Route
from cdktf_cdktf_provider_aws.route_table import RouteTable
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation
from cdktf_cdktf_provider_aws.subnet import Subnet
from cdktf_cdktf_provider_aws.vpc import Vpc
from constructs import Construct

Egress = Literal["public_ip", "nat_gateway", "nat_per_az", "endpoints"]
ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True)
class AvailabilityZone:
    """One availability zone and the two subnets it holds; CIDRs as in `10.20.0.0/20`."""

    name: str
    public_cidr: str
    private_cidr: str


class VpcNetwork(Construct):
    """VPC over two or more zones, with a default security group that lets nothing through.

    Public subnets route to the internet gateway; private ones to a NAT gateway if `egress` has one, else nowhere.
    With `nat_per_az` only the first `workload_zones` zones, where tasks run, get a gateway (about 37 USD a month each).
    An internet gateway is attached in every case: CloudFront VPC origins refuse a VPC without one.

    Attributes:
        public_subnets, private_subnets: subnet ids, one per zone, in the order of `zones`.
        private_route_tables: one id per zone, for gateway endpoints.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        cidr: str,
        zones: Sequence[AvailabilityZone],
        workload_zones: int = 1,
        egress: Egress = "public_ip",
    ) -> None:
        super().__init__(scope, id_)
        self._name = name
        self.vpc = Vpc(
            self,
            "vpc",
            cidr_block=cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": name},
        )
        # Adopted and emptied: without this resource the default group allows everything among its members.
        DefaultSecurityGroup(self, "default_group", vpc_id=self.vpc.id, tags={"Name": f"{name}-default-closed"})
        self.public = self._subnets("public", zones, [zone.public_cidr for zone in zones])
        self.private = self._subnets("private", zones, [zone.private_cidr for zone in zones])
        gateway = self._internet_gateway()
        self.public_table = self._public_routes(gateway)
        nats = self._nat_gateways(zones[:workload_zones], egress, gateway)
        self.private_tables = self._private_routes(zones, nats)
        self.vpc_id = self.vpc.id
        self.public_subnets = tuple(subnet.id for subnet in self.public)
        self.private_subnets = tuple(subnet.id for subnet in self.private)
        self.private_route_tables = tuple(table.id for table in self.private_tables)

    def _subnets(self, kind: str, zones: Sequence[AvailabilityZone], cidrs: Sequence[str]) -> list[Subnet]:
        return [
            Subnet(
                self,
                f"{kind}_{index}",
                vpc_id=self.vpc.id,
                availability_zone=zone.name,
                cidr_block=cidr,
                map_public_ip_on_launch=False,
                tags={"Name": f"{self._name}-{kind}-{zone.name[-1]}", "Tier": kind},
            )
            for index, (zone, cidr) in enumerate(zip(zones, cidrs, strict=True))
        ]

    def _internet_gateway(self) -> InternetGateway:
        return InternetGateway(self, "internet_gateway", vpc_id=self.vpc.id, tags={"Name": self._name})

    def _public_routes(self, gateway: InternetGateway) -> RouteTable:
        table = RouteTable(self, "public_table", vpc_id=self.vpc.id, tags={"Name": f"{self._name}-public"})
        Route(
            self,
            "public_default",
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
        )
        for index, subnet in enumerate(self.public):
            RouteTableAssociation(self, f"public_{index}_routes", route_table_id=table.id, subnet_id=subnet.id)
        return table

    def _nat_gateways(
        self, zones: Sequence[AvailabilityZone], egress: Egress, gateway: InternetGateway
    ) -> list[NatGateway]:
        count = {"nat_gateway": 1, "nat_per_az": len(zones)}.get(egress, 0)
        gateways = []
        for index in range(count):
            tags = {"Name": f"{self._name}-nat-{zones[index].name[-1]}"}
            # A NAT gateway fails in a VPC whose internet gateway isn't attached yet, and so may the use of an address.
            address = Eip(self, f"nat_address_{index}", domain="vpc", tags=tags, depends_on=[gateway])
            gateways.append(
                NatGateway(
                    self,
                    f"nat_{index}",
                    allocation_id=address.allocation_id,
                    subnet_id=self.public[index].id,
                    tags=tags,
                    depends_on=[gateway],
                )
            )
        return gateways

    def _private_routes(self, zones: Sequence[AvailabilityZone], nats: Sequence[NatGateway]) -> list[RouteTable]:
        tables = []
        for index, (zone, subnet) in enumerate(zip(zones, self.private, strict=True)):
            table = RouteTable(
                self,
                f"private_table_{index}",
                vpc_id=self.vpc.id,
                tags={"Name": f"{self._name}-private-{zone.name[-1]}"},
            )
            RouteTableAssociation(self, f"private_{index}_routes", route_table_id=table.id, subnet_id=subnet.id)
            if nats:
                Route(
                    self,
                    f"private_default_{index}",
                    route_table_id=table.id,
                    destination_cidr_block=ANYWHERE,
                    nat_gateway_id=nats[index % len(nats)].id,
                )
            tables.append(table)
        return tables
