"""Each fence by itself: what one lets through counts even where another one behind it stops it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network

from policies.proof.network import CLOUDFRONT, S3, WORLD, Network
from policies.proof.ports import Ports, text
from policies.proof.reachability import INTERNET, Path, view


@dataclass(frozen=True, order=True)
class Opening:
    """A hole in one fence: a security group, the ACL or the routes of a subnet, or a public address."""

    fence: str
    direction: str
    peer: str
    what: str

    def __str__(self) -> str:
        return f"{self.fence}, {self.direction} {self.peer}: {self.what}"


def openings(network: Network) -> frozenset[Opening]:
    """Every hole there is."""
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
                yield Opening(f"group of {owner}", "from" if rule.inward else "to", peer, text(rule.ports))


def _place(network: Network, peer: IPv4Network) -> str:
    if peer == network.cidr:
        return "vpc"
    return WORLD if str(peer) == "0.0.0.0/0" else str(peer)


def _subnets(network: Network) -> Iterable[Opening]:
    looking = view(network)
    for subnet in network.subnets.values():
        for inward, direction in ((True, "from"), (False, "to")):
            for name, peer in (("vpc", network.cidr), (WORLD, WORLD)):
                allowed: Ports = looking.acl(subnet, peer, inward=inward)
                yield Opening(f"acl of {subnet.tier} subnet {subnet.zone}", direction, name, text(allowed))
        for destination, target in subnet.ways:
            yield Opening(f"routes of {subnet.tier} subnet {subnet.zone}", "to", destination, target)


def _addresses(network: Network) -> Iterable[Opening]:
    yield from (Opening(node.name, "has", INTERNET, "public address") for node in network.nodes if node.public)
    for subnet in network.subnets.values():
        if subnet.gives_public_addresses:
            yield Opening(f"{subnet.tier} subnet {subnet.zone}", "gives", INTERNET, "public addresses")


def needed(path: Path, *, by_range: bool = False) -> frozenset[Opening]:
    """The security group rules one path needs. With `by_range` the sender may call the whole VPC, not one group."""
    what = text(frozenset({(path.protocol, path.first, path.last)}))
    outside = {INTERNET: WORLD, S3: S3, CLOUDFRONT: CLOUDFRONT}
    found = set()
    if path.source not in outside:
        peer = "vpc" if by_range else outside.get(path.target, path.target)
        found.add(Opening(f"group of {path.source}", "to", peer, what))
    if path.target not in outside:
        found.add(Opening(f"group of {path.target}", "from", outside.get(path.source, path.source), what))
    return frozenset(found)
