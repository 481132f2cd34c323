"""Reachability: which node can open a connection to which.

Two views of the same network. `arrives` is an upper bound: a request that might get through counts, answered or not.
`works` is a lower bound (strict): requests and answers must pass every fence, from every subnet. Nothing beyond the
allowed paths may arrive, and every allowed path must work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from ipaddress import IPv4Network

from policies.proof.network import CLOUDFRONT, S3, WORLD, AclEntry, GroupRule, Network, Node, RoutedSubnet
from policies.proof.ports import EVERYTHING, NOTHING, Ports, difference, intersection, union

INTERNET = "internet"
# Ports that answers go to. Linux takes client ports from 32768 to 60999, everything else here from 1024 to 65535 (VPC
# guide, "Ephemeral ports"); 3389 is left out so that remote desktop stays shut.
LINUX: Ports = frozenset({("tcp", 32768, 60999)})
ANY_CLIENT: Ports = frozenset({("tcp", 1024, 3388), ("tcp", 3390, 65535)})

Peer = str | IPv4Network


@dataclass(frozen=True, order=True)
class NetworkPath:
    """Connection from `source` to `target` over a range of ports."""

    source: str
    target: str
    protocol: str
    first: int
    last: int

    def __str__(self) -> str:
        port = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return f"{self.source} to {self.target}, {self.protocol} {port}"


def arrives(network: Network) -> frozenset[NetworkPath]:
    """Paths on which a request might reach its target."""
    return _paths(network, strict=False)


def works(network: Network) -> frozenset[NetworkPath]:
    """Paths on which a connection is sure to work."""
    return _paths(network, strict=True)


def _paths(network: Network, *, strict: bool) -> frozenset[NetworkPath]:
    view = NetworkView(network, strict=strict)
    found: list[tuple[str, str, Ports]] = []
    for node in network.nodes:
        found.append((INTERNET, node.name, view.from_world(node, WORLD)))
        found.append((CLOUDFRONT, node.name, view.from_cloudfront(node)))
        found.append((node.name, INTERNET, view.to_world(node)))
        found.append((node.name, S3, view.to_s3(node)))
        # Also between nodes of one name: two tasks may talk to each other.
        found += [(node.name, other.name, view.between(node, other)) for other in network.nodes]
    return frozenset(NetworkPath(source, target, *each) for source, target, allowed in found for each in allowed)


class NetworkView:
    """Ports open between the nodes of a network and to the outside; lower bound with `strict`, else upper bound."""

    def __init__(self, network: Network, *, strict: bool) -> None:
        self._network = network
        self._strict = strict
        self._acls: dict[tuple[str, Peer, bool], Ports] = {}

    def between(self, source: Node, target: Node) -> Ports:
        return self._over(self._hop(source, a, target, b) for a in self._subnets(source) for b in self._subnets(target))

    def from_world(self, target: Node, peer: Peer) -> Ports:
        if not target.public:
            return NOTHING
        groups = self._groups(target, inward=True, peers=(peer,))
        return self._over(
            self._answered(
                intersection(groups, self.acl(subnet, WORLD, inward=True)), self.acl(subnet, WORLD, inward=False)
            )
            for subnet in self._subnets(target)
            if subnet.leads_to("internet")
        )

    def from_cloudfront(self, target: Node) -> Ports:
        """Ports open through a VPC origin. AWS doesn't document its source addresses: ACLs must admit VPC and world."""
        inside: Ports = NOTHING
        if target.address in self._network.origins:
            groups = self._groups(target, inward=True, peers=(CLOUDFRONT,))
            allowed = intersection(groups, self._network.origins[target.address])
            inside = self._over(
                self._answered(
                    intersection(allowed, self.acl(subnet, peer, inward=True)), self.acl(subnet, peer, inward=False)
                )
                for subnet in self._subnets(target)
                for peer in (self._network.cidr, WORLD)
            )
        return union([inside, self.from_world(target, CLOUDFRONT)])

    def to_world(self, source: Node) -> Ports:
        groups = self._groups(source, inward=False, peers=(WORLD,))
        return self._over(intersection(groups, self._way_out(source, subnet)) for subnet in self._subnets(source))

    def to_s3(self, source: Node) -> Ports:
        groups = self._groups(source, inward=False, peers=(WORLD, S3))
        return self._over(
            intersection(groups, self._out_and_back(source, subnet)) if subnet.reaches_s3 else NOTHING
            for subnet in self._subnets(source)
        )

    def acl(self, subnet: RoutedSubnet, peer: Peer, *, inward: bool) -> Ports:
        """Ports the ACL of a subnet lets through from or to a peer; cached."""
        asked = (subnet.address, peer, inward)
        if asked not in self._acls:
            self._acls[asked] = self._decided(subnet, peer, inward)
        return self._acls[asked]

    def _decided(self, subnet: RoutedSubnet, peer: Peer, inward: bool) -> Ports:
        """Ports an ACL allows: the first matching entry decides."""
        if subnet.entries is None:
            return EVERYTHING
        allowed, undecided = NOTHING, EVERYTHING
        for entry in subnet.entries:
            touches, covers = self._matches(entry, peer)
            if entry.inward != inward or not touches:
                continue
            certain = covers or (self._strict and not entry.allows)
            if entry.allows and (covers or not self._strict):
                allowed = union([allowed, intersection(undecided, entry.ports)])
            if certain:
                undecided = difference(undecided, entry.ports)
        return allowed

    def _matches(self, entry: AclEntry, peer: Peer) -> tuple[bool, bool]:
        """Whether an entry covers part of the peer, and whether it covers all of it."""
        if entry.network == WORLD or peer == WORLD:
            everywhere = entry.network == WORLD or str(entry.network) == "0.0.0.0/0"
            inside = isinstance(entry.network, IPv4Network) and entry.network.subnet_of(self._network.cidr)
            return not inside or peer != WORLD, everywhere
        assert isinstance(entry.network, IPv4Network)
        assert isinstance(peer, IPv4Network)
        return entry.network.overlaps(peer), peer.subnet_of(entry.network)

    def _hop(self, source: Node, a: RoutedSubnet, target: Node, b: RoutedSubnet) -> Ports:
        allowed = intersection(
            self._groups(source, inward=False, peers=(b.network, *target.groups)),
            self._groups(target, inward=True, peers=(a.network, *source.groups)),
        )
        if a == b:
            return allowed  # ACLs stand between subnets, not inside one
        there = intersection(self.acl(a, b.network, inward=False), self.acl(b, a.network, inward=True))
        back = intersection(self.acl(b, a.network, inward=False), self.acl(a, b.network, inward=True))
        return self._answered(intersection(allowed, there), back)

    def _way_out(self, source: Node, subnet: RoutedSubnet) -> Ports:
        direct = self._out_and_back(source, subnet) if subnet.leads_to("internet") and source.public else NOTHING
        through = self._through_nat(source, subnet) if subnet.leads_to("nat") and subnet.nat else NOTHING
        return union([direct, through])

    def _out_and_back(self, source: Node, subnet: RoutedSubnet) -> Ports:
        client = LINUX if source.name == "task" else ANY_CLIENT
        return self._answered(
            self.acl(subnet, WORLD, inward=False), self.acl(subnet, WORLD, inward=True), client=client
        )

    def _through_nat(self, source: Node, subnet: RoutedSubnet) -> Ports:
        gateway = self._network.subnets[str(subnet.nat)]
        if not gateway.leads_to("internet"):
            return NOTHING
        into = self._answered(
            self.acl(gateway, subnet.network, inward=True), self.acl(gateway, subnet.network, inward=False)
        )
        beyond = self._answered(self.acl(gateway, WORLD, inward=False), self.acl(gateway, WORLD, inward=True))
        return reduce(intersection, (self._out_and_back(source, subnet), into, beyond))

    def _answered(self, allowed: Ports, back: Ports, client: Ports = ANY_CLIENT) -> Ports:
        """Ports of a request; none (strict) where the answer can't reach every client port."""
        return NOTHING if self._strict and intersection(client, back) != client else allowed

    def _groups(self, node: Node, *, inward: bool, peers: Iterable[Peer]) -> Ports:
        return union(
            rule.ports
            for rule in self._network.rules
            if rule.group in node.groups and rule.inward == inward and any(self._admits(rule, peer) for peer in peers)
        )

    def _admits(self, rule: GroupRule, peer: Peer) -> bool:
        if not isinstance(rule.peer, IPv4Network):
            return rule.peer == peer
        if isinstance(peer, IPv4Network):
            return peer.subnet_of(rule.peer) if self._strict else rule.peer.overlaps(peer)
        if peer == WORLD:
            return str(rule.peer) == "0.0.0.0/0" or not (self._strict or rule.peer.subnet_of(self._network.cidr))
        return False

    def _over(self, each: Iterable[Ports]) -> Ports:
        """Ports open in every subnet (strict), or in at least one."""
        found = list(each)
        if not found:
            return NOTHING
        return reduce(intersection, found) if self._strict else union(found)

    def _subnets(self, node: Node) -> Iterator[RoutedSubnet]:
        return (self._network.subnets[address] for address in node.subnets)
