"""The network of an environment as data: who sits where, and which rules stand between."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network

from policies.proof.ports import Ports

WORLD = "world"
CLOUDFRONT = "cloudfront"
S3 = "s3"


@dataclass(frozen=True)
class GroupRule:
    """One security group rule. `peer` is a group's address, a network, or `cloudfront`, `s3`, `world`.

    `attribute` is the one that names the peer.
    """

    address: str
    group: str
    inward: bool
    peer: str | IPv4Network
    ports: Ports
    attribute: str


@dataclass(frozen=True)
class AclEntry:
    """One line of a network ACL."""

    number: int
    inward: bool
    allows: bool
    network: IPv4Network | str
    ports: Ports


@dataclass(frozen=True)
class Way:
    """One route out of the VPC; `target` is internet, nat or another kind."""

    address: str
    destination: str
    target: str


@dataclass(frozen=True)
class Subnet:
    """A subnet with its ACL and its routes. One that isn't built here counts as open to everything but its groups."""

    address: str
    tier: str
    zone: str
    network: IPv4Network
    gives_public_addresses: bool
    entries: tuple[AclEntry, ...] | None
    acl: str | None
    ways: tuple[Way, ...]
    nat: str | None
    reaches_s3: bool
    foreign: bool = False

    def leads_to(self, target: str) -> bool:
        """Whether any route ends in this kind of target."""
        return any(way.target == target for way in self.ways)


@dataclass(frozen=True)
class Node:
    """Something with an address in the VPC."""

    name: str
    address: str
    subnets: tuple[str, ...]
    groups: frozenset[str]
    public: bool


@dataclass(frozen=True)
class Network:
    """`origins` are load balancers CloudFront connects to, with the ports; `unmodelled` is what isn't understood.

    `home` is the address that stands for the whole: the VPC, or the first security group in one that exists already.
    """

    home: str
    cidr: IPv4Network
    subnets: dict[str, Subnet]
    nodes: tuple[Node, ...]
    rules: tuple[GroupRule, ...]
    groups: dict[str, str]
    origins: dict[str, Ports]
    unmodelled: tuple[str, ...]

    @property
    def own_subnets(self) -> tuple[Subnet, ...]:
        """Those built here, whose ACLs and routes can be read."""
        return tuple(subnet for subnet in self.subnets.values() if not subnet.foreign)
