"""Sets of ports: union, intersection and difference of what security groups and network ACLs open."""

from __future__ import annotations

from collections.abc import Iterable

# Protocol, first and last port.
PortRange = tuple[str, int, int]

Ports = frozenset[PortRange]

LAST = 65535
NOTHING: Ports = frozenset()
EVERYTHING: Ports = frozenset({("tcp", 0, LAST), ("udp", 0, LAST), ("icmp", 0, LAST), ("other", 0, LAST)})
_NUMBERS = {"6": "tcp", "17": "udp", "1": "icmp"}


def rule_ports(protocol: object, first: object, last: object) -> Ports:
    """Ports that one rule opens; `-1` is every protocol, and protocols without ports count whole."""
    name = _NUMBERS.get(str(protocol), str(protocol))
    if name in ("-1", "all"):
        return EVERYTHING
    if name in ("tcp", "udp"):
        return frozenset({(name, int(str(first)), int(str(last)))})
    return frozenset({("icmp" if name == "icmp" else "other", 0, LAST)})


def union(parts: Iterable[Ports]) -> Ports:
    """Ports of any part, with neighbouring ranges made one."""
    found: list[PortRange] = []
    for protocol, first, last in sorted({each for part in parts for each in part}):
        if found and found[-1][0] == protocol and first <= found[-1][2] + 1:
            found[-1] = (protocol, found[-1][1], max(found[-1][2], last))
        else:
            found.append((protocol, first, last))
    return frozenset(found)


def intersection(one: Ports, other: Ports) -> Ports:
    """Ports that both hold."""
    return union(
        [
            frozenset({(a[0], max(a[1], b[1]), min(a[2], b[2]))})
            for a in one
            for b in other
            if a[0] == b[0] and max(a[1], b[1]) <= min(a[2], b[2])
        ]
    )


def difference(one: Ports, other: Ports) -> Ports:
    """Ports of `one` that `other` lacks."""
    left = set(one)
    for protocol, first, last in other:
        for each in [each for each in left if each[0] == protocol and each[1] <= last and first <= each[2]]:
            left.remove(each)
            if each[1] < first:
                left.add((protocol, each[1], first - 1))
            if last < each[2]:
                left.add((protocol, last + 1, each[2]))
    return frozenset(left)


def ports_text(some: Ports) -> str:
    """Ports as findings show them: `tcp 443`."""
    if some == EVERYTHING:
        return "everything"
    return ", ".join(
        f"{name} {first}" if first == last else f"{name} {first}-{last}" for name, first, last in sorted(some)
    )
