"""Openings of each fence by itself: one counts even where another fence behind it stops the traffic."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from policies.proof.network import CLOUDFRONT, S3, WORLD, Network
from policies.proof.ports import Ports, ports_text
from policies.proof.reachability import INTERNET, NetworkPath, NetworkView


@dataclass(frozen=True, order=True)
class Opening:
    """Opening in one fence: a security group, the ACL or the routes of a subnet, or a public address.

    `address` and `attribute` name the argument that makes it; an opening that is only allowed has neither.
    """

    fence: str
    direction: str
    peer: str
    what: str
    address: str = field(default="", compare=False)
    attribute: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.fence}, {self.direction} {self.peer}: {self.what}"


def openings(network: Network) -> frozenset[Opening]:
    """Openings of all fences of a network."""
    return frozenset({*_groups(network), *_subnets(network), *_addresses(network)})


def _groups(network: Network) -> Iterable[Opening]:
    wearers: dict[str, list[str]] = {}
    for node in network.nodes:
        for group in node.groups:
            wearers.setdefault(group, []).append(node.name)
    for rule in network.rules:
        owners = wearers.get(rule.group, [f"unused group {rule.group}"])
        if isinstance(rule.peer, IPv4Network):
            peers = [_place(network, rule.peer)]
        else:
            peers = wearers.get(rule.peer, [rule.peer])
        for owner in owners:
            for peer in peers:
                direction = "from" if rule.inward else "to"
                yield Opening(
                    f"group of {owner}", direction, peer, ports_text(rule.ports), rule.address, rule.attribute
                )


def _place(network: Network, peer: IPv4Network) -> str:
    if peer == network.cidr:
        return "vpc"
    return WORLD if str(peer) == "0.0.0.0/0" else str(peer)


def _subnets(network: Network) -> Iterable[Opening]:
    view = NetworkView(network, strict=False)
    for subnet in network.own_subnets:
        acl = subnet.acl or subnet.address
        for inward, direction, lines in ((True, "from", "ingress"), (False, "to", "egress")):
            for name, peer in (("vpc", network.cidr), (WORLD, WORLD)):
                allowed: Ports = view.acl(subnet, peer, inward=inward)
                if allowed:
                    fence = f"acl of {subnet.tier} subnet {subnet.zone}"
                    yield Opening(fence, direction, name, ports_text(allowed), acl, lines)
        for route in subnet.routes:
            fence = f"routes of {subnet.tier} subnet {subnet.zone}"
            yield Opening(fence, "to", route.destination, route.target, route.address, "route_table_id")


def _addresses(network: Network) -> Iterable[Opening]:
    for node in network.nodes:
        if node.public:
            switch = "internal" if node.name == "alb" else "assign_public_ip"
            yield Opening(node.name, "has", INTERNET, "public address", node.address, switch)
    for subnet in network.subnets.values():
        if subnet.gives_public_addresses:
            fence, switch = f"{subnet.tier} subnet {subnet.zone}", "map_public_ip_on_launch"
            yield Opening(fence, "gives", INTERNET, "public addresses", subnet.address, switch)


def needed_openings(path: NetworkPath, *, by_range: bool = False) -> frozenset[Opening]:
    """Security group rules that one path needs. With `by_range` the sender may call the whole VPC, not one group."""
    what = ports_text(frozenset({(path.protocol, path.first, path.last)}))
    outside = {INTERNET: WORLD, S3: S3, CLOUDFRONT: CLOUDFRONT}
    found = set()
    if path.source not in outside:
        peer = "vpc" if by_range else outside.get(path.target, path.target)
        found.add(Opening(f"group of {path.source}", "to", peer, what))
    if path.target not in outside:
        found.add(Opening(f"group of {path.target}", "from", outside.get(path.source, path.source), what))
    return frozenset(found)
