"""Network paths that an environment's configuration needs, the openings they need, and deviations from both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from policies.proof.fences import Opening, needed_openings, openings
from policies.proof.network import Network
from policies.proof.reachability import NetworkPath, arrives, works

if TYPE_CHECKING:
    from config import Environment

ENDPOINTS = ("bedrock-runtime", "ecr.api", "ecr.dkr", "logs", "secretsmanager")
ANSWERS = "tcp 32768-65535"
# Where new tasks are tried (constructs_lib/load_balancing/listeners.py).
TEST_PORT = 8443
LOW_ANSWERS = "tcp 1024-3388, tcp 3390-65535"


def listener_port(env: Environment) -> int:
    """Port of the load balancer: 443, or 80 without a domain, since no certificate can be issued then."""
    return 443 if env.dns.domain else 80


def allowed_paths(env: Environment) -> frozenset[NetworkPath]:
    """Paths the configuration needs, as source, target and port."""

    def path(source: str, target: str, port: int) -> NetworkPath:
        return NetworkPath(source, target, "tcp", port, port)

    paths = {path("alb", "task", env.service.port), path("task", "s3", 443)}
    if env.edge.enabled:
        paths.add(path("cloudfront", "alb", listener_port(env)))
    if env.search.enabled:
        paths |= {path("task", "search", 443), path("function", "search", 443)}
    if env.shifts_releases:
        paths.add(path("release test", "alb", TEST_PORT))
    if env.ingestion.sources:
        paths |= {path("loader", "search", 443), path("loader", "s3", 443)}
    if env.network.egress == "endpoints":
        shells = ("kms", "ssmmessages") if env.service.execute_command else ()
        services = (*ENDPOINTS, *shells, *(("xray",) if env.traces else ()))
        paths |= {path("task", f"endpoint {service}", 443) for service in services}
    else:
        paths.add(path("task", "internet", 443))
    return frozenset(paths)


def allowed_openings(env: Environment) -> frozenset[Opening]:
    """Openings the allowed paths need: security group rules, ACL entries, routes and public addresses."""
    egress = env.network.egress
    # Security group rule from CloudFront: built with the load balancer, even where CloudFront is off.
    found = set(needed_openings(NetworkPath("cloudfront", "alb", "tcp", listener_port(env), listener_port(env))))
    for path in allowed_paths(env):
        if path.target == "s3" and path.source == "task" and egress != "endpoints":
            continue  # the route to the internet reaches S3, too
        found |= needed_openings(path, by_range=path.target.startswith("endpoint "))
    # The ACLs and routes of an existing VPC belong to somebody else.
    for zone in env.network.availability_zones if env.network.vpc_id is None else ():
        for tier in ("public", "private"):
            low = egress.startswith("nat") if tier == "public" else bool(env.ingestion.sources)
            answers = LOW_ANSWERS if low else ANSWERS
            outward = "tcp 443"
            if tier == "private":
                # The load balancer's port, and its answers to whatever port CloudFront asks from.
                answers = f"tcp {listener_port(env)}, {answers}"
                outward = f"tcp 443, {LOW_ANSWERS}"
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
    """Difference from the allowed paths or openings, with the resource and attribute to look at first."""

    rule: str
    address: str
    detail: str
    attribute: str = ""

    def __str__(self) -> str:
        return self.detail


def network_deviations(network: Network, env: Environment) -> list[Deviation]:
    """Deviations of a network from its environment. Allowed paths through an existing VPC count as working."""
    paths, holes = allowed_paths(env), allowed_openings(env)
    working = paths if env.network.vpc_id else works(network)
    return [
        *(Deviation("unmodelled-network", each, f"not understood: {each}") for each in network.unmodelled),
        *(
            Deviation("unexpected-path", _address_of(network, path.target, path.source), f"may arrive: {path}")
            for path in sorted(arrives(network) - paths)
        ),
        *(
            Deviation("broken-path", _address_of(network, path.source, path.target), f"doesn't work: {path}")
            for path in sorted(paths - working)
        ),
        *(
            Deviation("unexpected-opening", hole.address, f"open: {hole}", hole.attribute)
            for hole in sorted(openings(network) - holes)
        ),
        *(
            Deviation("missing-opening", _address_of(network, *_fenced(hole.fence)), f"closed: {hole}")
            for hole in sorted(holes - openings(network))
        ),
    ]


def _address_of(network: Network, *names: str) -> str:
    """Address of the first of these nodes or subnets ("private subnet ZONE") that exists; else the network's own."""
    found = {node.name: node.address for node in reversed(network.nodes)}
    found |= {f"{subnet.tier} subnet {subnet.zone}": subnet.address for subnet in network.own_subnets}
    return next((found[name] for name in names if name in found), network.home)


def _fenced(fence: str) -> Iterator[str]:
    """Node or subnet that a fence belongs to ("task" of "group of task"); the name itself without " of "."""
    yield fence.partition(" of ")[2] or fence
