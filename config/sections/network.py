"""[network]: VPC, subnets and the way out."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any, Literal

from pydantic import Field

from config.checks import Many, Retention, StrictModel, Text, ValueCheck


class PrivateBlock(ValueCheck):
    """An IPv4 block of private addresses that a VPC may have (CreateVpc: /16 to /28)."""

    accepted = "an IPv4 block from /16 to /28 in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16 with no host bits set"
    private = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))

    def allows(self, value: Any) -> bool:
        try:
            block = ipaddress.IPv4Network(value)
        except ValueError:
            return False
        inside = any(block.subnet_of(private) for private in self.private)
        return str(block) == value and inside and 16 <= block.prefixlen <= 28


VpcId = Annotated[str, Text(r"vpc-(?:[0-9a-f]{8}|[0-9a-f]{17})", "a VPC id, such as vpc-0123456789abcdef0")]
SubnetId = Annotated[str, Text(r"subnet-(?:[0-9a-f]{8}|[0-9a-f]{17})", "a subnet id: subnet- and 17 hex digits")]
ZoneName = Annotated[str, Text(r"[a-z]{2}(?:-[a-z]+)+-\d[a-z]", "an availability zone, such as us-east-1a")]


class NetworkSection(StrictModel):
    """VPC and subnets of the service, and its way to AWS."""

    cidr: Annotated[str, PrivateBlock()] = Field(
        default="10.20.0.0/16", description="Addresses of the VPC; an existing one needs its own here."
    )
    vpc_id: VpcId | None = Field(default=None, description="An existing VPC to use instead of a new one.")
    public_subnet_ids: Many[SubnetId] = Field(
        default=(), max_length=6, description="Public subnets of the existing VPC."
    )
    private_subnet_ids: Many[SubnetId] = Field(
        default=(), max_length=6, description="Private subnets of the existing VPC, each in another zone."
    )
    availability_zones: Many[ZoneName] = Field(
        default=("us-east-1a", "us-east-1b"),
        min_length=2,  # an ALB refuses fewer (CreateLoadBalancer)
        max_length=4,  # the VPC is divided for four
        description="Zones of the subnets; by default the first two of the region.",
    )
    workload_zones: int = Field(
        default=1,
        ge=1,
        le=3,
        description="How many of the zones hold tasks and OpenSearch; one saves traffic between zones.",
    )
    egress: Literal["public_ip", "nat_gateway", "nat_per_az", "endpoints"] = Field(
        default="public_ip",
        description="How tasks reach AWS: an address of their own with no way in, one NAT gateway, one NAT gateway a "
        "zone, or VPC endpoints alone with no internet.",
    )
    flow_logs: bool = Field(default=True, description="Record the traffic of the VPC.")
    flow_log_retention_days: Retention = Field(default=14, description="How long flow logs are kept.")
