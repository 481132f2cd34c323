"""The few paths that are allowed, by what an environment chose, and what the fences may let through for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from policies.proof.fences import Opening, needed, openings
from policies.proof.network import Network
from policies.proof.reachability import NetworkPath, arrives, works

if TYPE_CHECKING:
    from config import Environment

ENDPOINTS = ("bedrock-runtime", "ecr.api", "ecr.dkr", "logs", "secretsmanager")
ANSWERS = "tcp 32768-65535"
NAT_ANSWERS = "tcp 1024-3388, tcp 3390-65535"


def listener_port(env: Environment) -> int:
    """Where the load balancer listens: in clear only where there is no name to have a certificate for."""
    return 443 if env.dns.domain else 80


def allowed_paths(env: Environment) -> frozenset[NetworkPath]:
    """Who may open a connection to whom."""

    def path(source: str, target: str, port: int) -> NetworkPath:
        return NetworkPath(source, target, "tcp", port, port)

    paths = {path("alb", "task", env.service.port), path("task", "s3", 443)}
    if env.edge.enabled:
        paths.add(path("cloudfront", "alb", listener_port(env)))
    if env.search.enabled:
        paths |= {path("task", "search", 443), path("function", "search", 443)}
    if env.network.egress == "endpoints":
        services = (*ENDPOINTS, *(("kms", "ssmmessages") if env.service.execute_command else ()))
        paths |= {path("task", f"endpoint {service}", 443) for service in services}
    else:
        paths.add(path("task", "internet", 443))
    return frozenset(paths)


def allowed_openings(env: Environment) -> frozenset[Opening]:
    """The security group rules those paths need, and the outer fences."""
    egress = env.network.egress
    # The load balancer's door is built before CloudFront, and whether or not it is.
    found = set(needed(NetworkPath("cloudfront", "alb", "tcp", listener_port(env), listener_port(env))))
    for path in allowed_paths(env):
        if path.target == "s3" and egress != "endpoints":
            continue  # the way to the internet leads there, too
        found |= needed(path, by_range=path.target.startswith("endpoint "))
    # The ACLs and routes of an existing VPC belong to somebody else.
    for zone in env.network.availability_zones if env.network.vpc_id is None else ():
        for tier in ("public", "private"):
            answers = NAT_ANSWERS if tier == "public" and egress.startswith("nat") else ANSWERS
            outward = "tcp 443"
            if tier == "private":
                # The load balancer's port, and its answers to whatever port CloudFront asks from.
                answers = f"tcp {listener_port(env)}, {answers}"
                outward = f"tcp 443, {NAT_ANSWERS}"
            fence = f"acl of {tier} subnet {zone}"
            found |= {
                Opening(fence, "from", "vpc", "everything"),
                Opening(fence, "to", "vpc", "everything"),
                Opening(fence, "from", "world", answers),
                Opening(fence, "to", "world", outward),
            }
        found.add(Opening(f"routes of public subnet {zone}", "to", "0.0.0.0/0", "internet"))
        if egress.startswith("nat"):
            found.add(Opening(f"routes of private subnet {zone}", "to", "0.0.0.0/0", "nat"))
    if egress == "public_ip":
        found.add(Opening("task", "has", "internet", "public address"))
    return frozenset(found)


@dataclass(frozen=True)
class Deviation:
    """What differs from what is allowed, and the resource and attribute to look at first."""

    rule: str
    address: str
    detail: str
    attribute: str = ""

    def __str__(self) -> str:
        return self.detail


def faults(network: Network, env: Environment) -> list[Deviation]:
    """Everything that differs. Whether a path works through an existing VPC can't be known here."""
    paths, holes = allowed_paths(env), allowed_openings(env)
    working = paths if env.network.vpc_id else works(network)
    return [
        *(Deviation("unmodelled-network", each, f"not understood: {each}") for each in network.unmodelled),
        *(
            Deviation("unexpected-path", _where(network, path.target, path.source), f"may arrive: {path}")
            for path in sorted(arrives(network) - paths)
        ),
        *(
            Deviation("broken-path", _where(network, path.source, path.target), f"doesn't work: {path}")
            for path in sorted(paths - working)
        ),
        *(
            Deviation("unexpected-opening", hole.address, f"open: {hole}", hole.attribute)
            for hole in sorted(openings(network) - holes)
        ),
        *(
            Deviation("missing-opening", _where(network, *_fenced(hole.fence)), f"closed: {hole}")
            for hole in sorted(holes - openings(network))
        ),
    ]


def _where(network: Network, *names: str) -> str:
    """The address of the first of these that is here: a node, or a subnet as its fence is called."""
    found = {node.name: node.address for node in reversed(network.nodes)}
    found |= {f"{subnet.tier} subnet {subnet.zone}": subnet.address for subnet in network.own_subnets}
    return next((found[name] for name in names if name in found), network.home)


def _fenced(fence: str) -> Iterator[str]:
    """What a fence stands around: itself where it is no fence but an address."""
    yield fence.partition(" of ")[2] or fence
