"""Made-up addresses of tasks inside the subnets of their service, and free ports of loopback."""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from local_aws.endpoint import LOOPBACK

# AWS keeps the first four addresses of a subnet and the last one ("Subnet CIDR blocks", VPC user guide).
_KEPT_FIRST = 4
# Tasks whose subnet nobody can tell: RunTask's network configuration is in no answer of ministack.
UNKNOWN_SUBNET = ("", "100.64.0.0/24")


@dataclass(frozen=True)
class Address:
    """An address of a task. `subnet` is empty when nobody can tell it."""

    ip: str
    subnet: str


class Addresses:
    """Addresses in use. One that was given back comes again only after all others of its subnet."""

    def __init__(self) -> None:
        self._used: dict[str, Address] = {}
        self._next: Counter[str] = Counter()

    def take(self, subnets: Sequence[tuple[str, str]]) -> Address:
        """A new address in the subnet (id, CIDR) with the fewest tasks, as ECS spreads tasks over zones."""
        used = Counter(each.subnet for each in self._used.values())
        subnet, cidr = min(subnets or [UNKNOWN_SUBNET], key=lambda each: used[each[0]])
        network = ipaddress.ip_network(cidr)
        usable = network.num_addresses - _KEPT_FIRST - 1
        for _ in range(usable):
            ip = str(network[_KEPT_FIRST + self._next[subnet] % usable])
            self._next[subnet] += 1
            if ip not in self._used:
                self._used[ip] = Address(ip, subnet)
                return self._used[ip]
        raise LookupError(f"no free address in {subnet or cidr}")

    def give_back(self, ip: str) -> None:
        """Free an address."""
        self._used.pop(ip, None)


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Whether somebody accepts on this port of loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def listens_everywhere(port: int) -> bool:
    """Whether this port is listened on beyond 127.0.0.1. Tells it on Linux alone, where loopback has more addresses."""
    if sys.platform != "linux":
        return False
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.2", port))
        except OSError:
            return True
    return False
