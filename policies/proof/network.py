"""Network of an environment as data: nodes, subnets, and the rules, ACLs and routes between them."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network

from policies.proof.ports import Ports

WORLD = "world"
CLOUDFRONT = "cloudfront"
S3 = "s3"


@dataclass(frozen=True)
class GroupRule:
    """Security group rule. `peer` is a group's address, a network, or `cloudfront`, `s3`, `world`.

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
    """Entry of a network ACL."""

    number: int
    inward: bool
    allows: bool
    network: IPv4Network | str
    ports: Ports


@dataclass(frozen=True)
class Route:
    """Route out of the VPC; `target` is internet, nat or another kind."""

    address: str
    destination: str
    target: str


@dataclass(frozen=True)
class RoutedSubnet:
    """Subnet with its ACL and routes. A `foreign` one isn't built here: its ACL and routes count as open."""

    address: str
    tier: str
    zone: str
    network: IPv4Network
    gives_public_addresses: bool
    entries: tuple[AclEntry, ...] | None
    acl: str | None
    routes: tuple[Route, ...]
    nat: str | None
    reaches_s3: bool
    foreign: bool = False

    def leads_to(self, target: str) -> bool:
        """Whether any route ends in this kind of target."""
        return any(route.target == target for route in self.routes)


@dataclass(frozen=True)
class Node:
    """Resource with an address in the VPC."""

    name: str
    address: str
    subnets: tuple[str, ...]
    groups: frozenset[str]
    public: bool


@dataclass(frozen=True)
class Network:
    """Network of one environment. `origins` are load balancers that CloudFront connects to, with the ports.

    `unmodelled` are resources in the network whose type the proof doesn't know. Findings about the network as a whole
    carry the address `home`: the VPC, or the first security group in a VPC that exists already.
    """

    home: str
    cidr: IPv4Network
    subnets: dict[str, RoutedSubnet]
    nodes: tuple[Node, ...]
    rules: tuple[GroupRule, ...]
    groups: dict[str, str]
    origins: dict[str, Ports]
    unmodelled: tuple[str, ...]

    @property
    def own_subnets(self) -> tuple[RoutedSubnet, ...]:
        """Subnets built here, whose ACLs and routes can be read."""
        return tuple(subnet for subnet in self.subnets.values() if not subnet.foreign)
