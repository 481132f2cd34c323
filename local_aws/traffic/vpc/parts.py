"""VPCs as they were deployed: subnets, groups, ACLs, routes and interfaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network


@dataclass(frozen=True)
class GroupRule:
    """Rule of a security group for TCP. `peer` is a CIDR, a group's id or a prefix list's id."""

    id: str
    egress: bool
    first: int
    last: int
    peer: str


@dataclass(frozen=True)
class Group:
    """Security group with its rules for TCP."""

    id: str
    name: str
    vpc: str
    rules: tuple[GroupRule, ...] = ()


@dataclass(frozen=True)
class AclEntry:
    """Entry of a network ACL for TCP over IPv4."""

    number: int
    egress: bool
    allow: bool
    cidr: IPv4Network
    first: int
    last: int


@dataclass(frozen=True)
class Acl:
    """Network ACL, its entries in the order of their numbers."""

    id: str
    entries: tuple[AclEntry, ...]


@dataclass(frozen=True)
class Route:
    """Active route. `destination` is a CIDR or a prefix list's id; `target` "local" or the id of a gateway."""

    destination: str
    target: str


@dataclass(frozen=True)
class RouteTable:
    """Routes of a subnet."""

    id: str
    routes: tuple[Route, ...]


@dataclass(frozen=True)
class Subnet:
    """Subnet with the ACL and the routes that hold for it."""

    id: str
    vpc: str
    cidr: IPv4Network
    zone: str
    acl: Acl
    table: RouteTable


@dataclass(frozen=True)
class Interface:
    """Network interface with an address: of a task, or of another resource that EC2 knows."""

    ip: str
    subnet: str
    groups: tuple[str, ...]
    name: str
    public: bool = False


@dataclass(frozen=True)
class Endpoint:
    """Interface endpoint that takes a service's name in its VPC ("com.amazonaws.us-east-1.logs")."""

    id: str
    service: str
    vpc: str
    subnets: tuple[str, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Vpcs:
    """All VPCs of an account and region. `vpcs` are their CIDRs, `lists` the managed prefix lists by id."""

    vpcs: Mapping[str, tuple[IPv4Network, ...]]
    subnets: Mapping[str, Subnet]
    groups: Mapping[str, Group]
    lists: Mapping[str, tuple[str, tuple[IPv4Network, ...]]]
    interfaces: Mapping[str, Interface] = field(default_factory=dict)
    nat_gateways: Mapping[str, str] = field(default_factory=dict)
    endpoints: tuple[Endpoint, ...] = ()

    def cloudfront(self) -> tuple[IPv4Network, ...]:
        """Addresses from which CloudFront connects to origins."""
        found = (cidrs for name, cidrs in self.lists.values() if name.endswith(".cloudfront.origin-facing"))
        return next(found, ())
