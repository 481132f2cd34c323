"""Division of a VPC's addresses into zones and subnets."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from constructs_lib.network.vpc import AvailabilityZone

MAX_ZONES = 4
# Eight equal blocks: four public, four private.
_SLOTS_LOG2 = 3


def divide(cidr: str, zone_names: Sequence[str]) -> tuple[AvailabilityZone, ...]:
    """Give each zone a public and a private eighth of the VPC; adding a zone moves no other.

    A /24, the smallest VPC allowed, leaves /27, the smallest subnet an ALB accepts. At most four zones.
    """
    if len(zone_names) > MAX_ZONES:
        raise ValueError(f"at most {MAX_ZONES} zones fit a VPC, got {len(zone_names)}")
    blocks = [str(block) for block in ipaddress.IPv4Network(cidr).subnets(prefixlen_diff=_SLOTS_LOG2)]
    return tuple(
        AvailabilityZone(name=name, public_cidr=blocks[index], private_cidr=blocks[MAX_ZONES + index])
        for index, name in enumerate(zone_names)
    )
