"""The two ends of a connection, and what is said of one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """One end of a connection.

    `kind` is "vpc-origin" (CloudFront in the VPC), "load-balancer", "task", "interface" or "internet". The subnet is
    empty outside the VPC, and for a VPC origin, which has an interface in each subnet of the load balancer.
    """

    kind: str
    subnet: str = ""
    ip: str = ""
    groups: tuple[str, ...] = ()
    name: str = ""
    public: bool = False

    def __str__(self) -> str:
        return self.name or self.ip or self.kind


INTERNET = Source("internet", name="the internet")


def vpc_origin(name: str, ip: str = "") -> Source:
    """CloudFront, connecting through a VPC origin of this name. `ip` is the address that it connects from."""
    return Source("vpc-origin", ip=ip, name=name)


@dataclass(frozen=True)
class Verdict:
    """Whether a connection is made, and what decided: the first thing that refuses, or all that let it through."""

    allowed: bool
    decided: str
