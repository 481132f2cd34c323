"""Whether a connection is made: groups, ACLs and routes on the way there and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network

from local_aws.traffic.vpc.ends import Source, Verdict
from local_aws.traffic.vpc.parts import AclEntry, Group, GroupRule, Subnet, Vpcs

# Group of the interfaces by which CloudFront reaches a VPC origin (CloudFront guide, "VPC origins"). AWS makes it with
# the first origin in a VPC; no emulator does.
VPC_ORIGINS_GROUP = "CloudFront-VPCOrigins-Service-SG"
ANYWHERE = IPv4Network("0.0.0.0/0")
# Ports that answers go back to. Load balancers, NAT gateways and CloudFront take their ports from 1024 up, Linux from
# 32768 to 60999 (VPC guide, "Ephemeral ports"). 3389 isn't asked for: an ACL that closes remote desktop loses one
# connection of 60,000, which a new try replaces.
_ANY_CLIENT = ((1024, 3388), (3390, 65535))
_LINUX = ((32768, 60999),)
Ports = tuple[tuple[int, int], ...]


class _RefusedError(Exception):
    """What refuses a connection."""


def judge(vpcs: Vpcs, source: Source, target: Source, port: int) -> Verdict:
    """The verdict by one reading of the VPCs. An end that isn't known there is refused."""
    try:
        return Verdict(True, ", ".join(dict.fromkeys(_passed(vpcs, source, target, port))))
    except _RefusedError as refused:
        return Verdict(False, str(refused))


def _passed(vpcs: Vpcs, source: Source, target: Source, port: int) -> Iterator[str]:
    """Everything on the way there and back, in the packet's order."""
    start, end = _subnet(vpcs, source), _subnet(vpcs, target)
    if source.kind != "vpc-origin":
        yield from _by_group(vpcs, source, target, port, egress=True)
    if start:
        yield _routed(vpcs, start, source, end, target)
    elif end and source.kind == "internet":
        yield _routed(vpcs, end, target, None, source)
    asked, answers = ((port, port),), _LINUX if source.kind in ("task", "interface") else _ANY_CLIENT
    # An ACL stands at the edge of a subnet: what stays inside one doesn't meet it.
    if start is None or end is None or start.id != end.id:
        yield from _by_acl(vpcs, start, target, asked, egress=True)
        yield from _by_acl(vpcs, end, source, asked, egress=False)
        yield from _by_acl(vpcs, end, source, answers, egress=True)
        yield from _by_acl(vpcs, start, target, answers, egress=False)
    yield from _by_group(vpcs, target, source, port, egress=False)


def _subnet(vpcs: Vpcs, end: Source) -> Subnet | None:
    if end.kind in ("vpc-origin", "internet"):
        return None
    if end.subnet not in vpcs.subnets:
        raise _RefusedError(f"{end} is in no known subnet ({end.subnet or 'none named'})")
    return vpcs.subnets[end.subnet]


def _addresses(vpcs: Vpcs, end: Source, other: Subnet | None) -> tuple[IPv4Network, ...]:
    """Addresses that packets of an end may carry, all of which have to pass.

    An address outside its subnet is the emulators', so the subnet's whole range stands for it. AWS doesn't document
    which addresses packets of a VPC origin carry: those of its interfaces in the VPC, and CloudFront's.
    """
    if end.kind == "internet":
        return (ANYWHERE,)
    if end.kind == "vpc-origin":
        inside = (other.cidr,) if other else ()
        return (*inside, *vpcs.cloudfront())
    home = vpcs.subnets[end.subnet].cidr
    own = IPv4Network(end.ip) if end.ip else home
    return (own if own.subnet_of(home) else home,)


def _by_group(vpcs: Vpcs, own: Source, peer: Source, port: int, *, egress: bool) -> Iterator[str]:
    """The rule of one of the groups of `own` that admits `peer`; an end outside the VPC has no groups."""
    if own.kind in ("internet", "vpc-origin"):
        return
    groups = [vpcs.groups[each] for each in own.groups if each in vpcs.groups]
    for group in groups:
        for rule in group.rules:
            if rule.egress == egress and rule.first <= port <= rule.last and _admits(vpcs, rule, group, peer):
                yield f"{rule.id} of {group.id}"
                return
    if not groups:
        raise _RefusedError(f"{own} has no known security group ({', '.join(own.groups) or 'none named'})")
    names = " and ".join(f"{each.id} ({each.name})" for each in groups)
    way, to = ("outbound", "to") if egress else ("inbound", "from")
    raise _RefusedError(f"{names} has no {way} rule for tcp {port} {to} {_described(vpcs, peer)}")


def _admits(vpcs: Vpcs, rule: GroupRule, group: Group, peer: Source) -> bool:
    if rule.peer in peer.groups:
        return True
    if rule.peer in vpcs.groups:
        # The group of CloudFront's interfaces is known by its name, in the same VPC.
        named = vpcs.groups[rule.peer]
        return peer.kind == "vpc-origin" and named.name == VPC_ORIGINS_GROUP and named.vpc == group.vpc
    if peer.kind == "vpc-origin" and rule.peer in vpcs.lists:
        return vpcs.lists[rule.peer][0].endswith(".cloudfront.origin-facing")
    # Without the interface's address only a range that holds CloudFront's addresses, too, surely admits it.
    return _covered(_addresses(vpcs, peer, None), _networks(vpcs, rule.peer))


def _networks(vpcs: Vpcs, peer: str) -> tuple[IPv4Network, ...]:
    if peer in vpcs.lists:
        return vpcs.lists[peer][1]
    return (IPv4Network(peer, strict=False),) if "/" in peer else ()


def _covered(addresses: Iterable[IPv4Network], by: tuple[IPv4Network, ...]) -> bool:
    addresses = tuple(addresses)
    return bool(addresses) and all(any(each.subnet_of(network) for network in by) for each in addresses)


def _described(vpcs: Vpcs, peer: Source) -> str:
    if peer.kind == "vpc-origin":
        return f"{peer}: neither CloudFront's prefix list nor {VPC_ORIGINS_GROUP}"
    groups = " ".join(f"{each} ({vpcs.groups[each].name})" for each in peer.groups if each in vpcs.groups)
    return f"{peer}, {groups}" if groups else str(peer)


def _by_acl(vpcs: Vpcs, at: Subnet | None, peer: Source, ports: Ports, *, egress: bool) -> Iterator[str]:
    """The entries of a subnet's ACL that let all of these ports through, for every address that the peer may have."""
    if at is None:
        return
    used: set[int] = set()
    for network in _addresses(vpcs, peer, at):
        left = ports
        for entry in at.acl.entries:
            if entry.egress != egress or not left or not entry.cidr.overlaps(network):
                continue
            refused = _without(left, entry)
            if not entry.allow and refused != left:
                raise _RefusedError(_acl_refusal(at, network, left, f"entry {entry.number} denies", egress))
            if entry.allow and network.subnet_of(entry.cidr) and refused != left:
                left = refused
                used.add(entry.number)
        if left:
            raise _RefusedError(_acl_refusal(at, network, left, "no entry allows", egress))
    yield f"{at.acl.id} {'out' if egress else 'in'} by {', '.join(map(str, sorted(used)))}"


def _acl_refusal(at: Subnet, network: IPv4Network, ports: Ports, what: str, egress: bool) -> str:
    shown = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ports)
    way = f"outbound to {network}" if egress else f"inbound from {network}"
    return f"network ACL {at.acl.id} of {at.id}: {what} tcp {shown} {way}"


def _without(ports: Ports, entry: AclEntry) -> Ports:
    left: list[tuple[int, int]] = []
    for first, last in ports:
        if entry.last < first or entry.first > last:
            left.append((first, last))
            continue
        left += [(first, entry.first - 1)] if first < entry.first else []
        left += [(entry.last + 1, last)] if last > entry.last else []
    return tuple(left)


def _routed(vpcs: Vpcs, start: Subnet, source: Source, end: Subnet | None, target: Source) -> str:
    """The route that carries packets from a subnet to the other end."""
    table = start.table
    if end:
        if end.vpc == start.vpc and any(route.target == "local" for route in table.routes):
            return f"{table.id} local"
        raise _RefusedError(f"{table.id} of {start.id} has no route to {end.id}, which is in {end.vpc}")
    for route in table.routes:
        if route.destination != str(ANYWHERE):
            continue
        if route.target.startswith("igw-"):
            if source.public:
                return f"{table.id} {route.target}"
            raise _RefusedError(f"{table.id} leads to {route.target}, but {source} has no public address")
        if route.target.startswith("nat-"):
            return _translated(vpcs, table.id, route.target)
        raise _RefusedError(f"{table.id} leads to {route.target}, a kind of gateway that isn't known here")
    raise _RefusedError(f"{table.id} of {start.id} has no route to {target}")


def _translated(vpcs: Vpcs, table: str, gateway: str) -> str:
    subnet = vpcs.subnets.get(vpcs.nat_gateways.get(gateway, ""))
    if subnet is None:
        raise _RefusedError(f"{table} leads to {gateway}, which is not there")
    out = (each.target for each in subnet.table.routes if each.destination == str(ANYWHERE))
    if not next(out, "").startswith("igw-"):
        raise _RefusedError(f"{subnet.table.id} of {subnet.id}, where {gateway} is, has no internet gateway")
    return f"{table} {gateway}"
