"""The network of an environment as data: who sits where, and which rules stand between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from policies.proof.account import Account, Body, block, listed
from policies.proof.ports import Ports, ports

WORLD = "world"
CLOUDFRONT = "cloudfront"
S3 = "s3"


@dataclass(frozen=True)
class Rule:
    """One security group rule. `peer` is a group's address, a network, or `cloudfront`, `s3`, `world`."""

    address: str
    group: str
    inward: bool
    peer: str | IPv4Network
    ports: Ports


@dataclass(frozen=True)
class Entry:
    """One line of a network ACL."""

    number: int
    inward: bool
    allows: bool
    network: IPv4Network | str
    ports: Ports


@dataclass(frozen=True)
class Subnet:
    """`ways` are its routes out of the VPC: destination, and internet, nat or another kind of target."""

    address: str
    tier: str
    zone: str
    network: IPv4Network
    gives_public_addresses: bool
    entries: tuple[Entry, ...] | None
    ways: tuple[tuple[str, str], ...]
    nat: str | None
    reaches_s3: bool


@dataclass(frozen=True)
class Node:
    """Something with an address in the VPC."""

    name: str
    address: str
    subnets: tuple[str, ...]
    groups: frozenset[str]
    public: bool


@dataclass(frozen=True)
class Network:
    """`origins` are load balancers CloudFront connects to, with the ports; `unmodelled` is what isn't understood."""

    cidr: IPv4Network
    subnets: dict[str, Subnet]
    nodes: tuple[Node, ...]
    rules: tuple[Rule, ...]
    groups: dict[str, str]
    origins: dict[str, Ports]
    unmodelled: tuple[str, ...]


# What stands in the network's own plumbing, or only names a subnet in passing.
_PLUMBING = {"aws_network_acl", "aws_nat_gateway", "aws_route_table_association", "aws_default_security_group"}
_PLACED = ("subnet_id", "subnet_ids", "subnets", "vpc_config", "vpc_options", "network_configuration", "subnet_mapping")


def read(account: Account) -> Network:
    """The network of an environment that builds its own VPC."""
    (vpc,) = account.all("aws_vpc").values()
    found = list(_nodes(account))
    modelled = {node.address for node in found}
    return Network(
        cidr=IPv4Network(vpc["cidr_block"]),
        subnets={address: _subnet(account, address, body) for address, body in account.all("aws_subnet").items()},
        nodes=tuple(found),
        rules=tuple(_rules(account)),
        groups={address: str(body["name"]) for address, body in account.all("aws_security_group").items()},
        origins=dict(_origins(account)),
        unmodelled=tuple(
            address
            for kind, address, body in account.everything()
            if _unmodelled(kind, body, modelled=address in modelled)
        ),
    )


def _unmodelled(kind: str, body: Body, *, modelled: bool) -> bool:
    """Rules inside a group and addresses of unknown things: better refused than overlooked."""
    if kind == "aws_security_group_rule" or (
        kind == "aws_security_group" and (body.get("ingress") or body.get("egress"))
    ):
        return True
    return kind not in _PLUMBING and not modelled and any(body.get(key) for key in _PLACED)


def _nodes(account: Account) -> Iterator[Node]:
    for address, body in account.all("aws_ecs_service").items():
        placed = block(body["network_configuration"])
        yield _node(account, "task", address, placed, public=bool(placed.get("assign_public_ip")))
    for address, body in account.all("aws_lb").items():
        yield _node(account, "alb", address, body, public=not body.get("internal"))
    for address, body in account.all("aws_opensearch_domain").items():
        yield _node(account, "search", address, block(body["vpc_options"]))
    for address, body in account.all("aws_lambda_function").items():
        if body.get("vpc_config"):
            yield _node(account, "function", address, block(body["vpc_config"]))
    for address, body in account.all("aws_vpc_endpoint").items():
        if body.get("vpc_endpoint_type") == "Interface":
            service = str(body["service_name"]).split(".", 3)[-1]
            yield _node(account, f"endpoint {service}", address, body)


def _node(account: Account, name: str, address: str, placed: Body, *, public: bool = False) -> Node:
    subnets = [account.follow(each) for each in listed(placed.get("subnets") or placed.get("subnet_ids"))]
    groups = [
        account.follow(each) for each in listed(placed.get("security_groups") or placed.get("security_group_ids"))
    ]
    if None in subnets or None in groups:
        raise ValueError(f"{address}: a subnet or security group isn't built here")
    gives = [account.get(str(each)).get("map_public_ip_on_launch") for each in subnets]
    return Node(name, address, tuple(map(str, subnets)), frozenset(map(str, groups)), public or any(gives))


def _subnet(account: Account, address: str, body: Body) -> Subnet:
    tables = [
        account.follow(each["route_table_id"])
        for each in account.all("aws_route_table_association").values()
        if account.follow(each.get("subnet_id")) == address
    ]
    table = tables[0] if tables else None
    ways, nats = [], []
    for route in account.all("aws_route").values():
        if table and account.follow(route["route_table_id"]) == table:
            destination = str(route.get("destination_cidr_block") or route.get("destination_ipv6_cidr_block"))
            ways.append((destination, _target(account, route)))
            nats.append(account.follow(route.get("nat_gateway_id")))
    return Subnet(
        address=address,
        tier=str(body.get("tags", {}).get("Tier", "")),
        zone=str(body["availability_zone"]),
        network=IPv4Network(body["cidr_block"]),
        gives_public_addresses=bool(body.get("map_public_ip_on_launch")),
        entries=_entries(account, address),
        ways=tuple(sorted(ways)),
        nat=next((account.follow(account.get(nat)["subnet_id"]) for nat in nats if nat), None),
        reaches_s3=any(
            table in map(account.follow, listed(each.get("route_table_ids")))
            for each in account.all("aws_vpc_endpoint").values()
            if str(each["service_name"]).endswith(".s3")
        ),
    )


def _target(account: Account, route: Body) -> str:
    if account.follow(route.get("nat_gateway_id")):
        return "nat"
    gateway = account.follow(route.get("gateway_id"))
    if gateway and "aws_internet_gateway" in gateway:
        return "internet"
    return next((key for key in route if key.endswith("_id") and key != "route_table_id"), "nowhere")


def _entries(account: Account, subnet: str) -> tuple[Entry, ...] | None:
    """None where no ACL is given: the VPC's default one lets everything through."""
    for body in account.all("aws_network_acl").values():
        if subnet in map(account.follow, listed(body.get("subnet_ids"))):
            lines = [
                Entry(
                    number=int(line["rule_no"]),
                    inward=direction == "ingress",
                    allows=line["action"] == "allow",
                    network=_network(line.get("cidr_block")),
                    ports=ports(line["protocol"], line["from_port"], line["to_port"]),
                )
                for direction in ("ingress", "egress")
                for line in listed(body.get(direction))
            ]
            return tuple(sorted(lines, key=lambda line: line.number))
    return None


def _network(cidr: Any) -> IPv4Network | str:
    """IPv6 has no place in this VPC: an IPv6 rule speaks of the world."""
    return IPv4Network(cidr) if isinstance(cidr, str) and ":" not in cidr else WORLD


def _rules(account: Account) -> Iterator[Rule]:
    for inward, direction in ((True, "ingress"), (False, "egress")):
        for address, body in account.all(f"aws_vpc_security_group_{direction}_rule").items():
            group = str(account.follow(body["security_group_id"]))
            allowed = ports(body.get("ip_protocol"), body.get("from_port"), body.get("to_port"))
            yield Rule(address, group, inward, _peer(account, body), allowed)


def _peer(account: Account, body: Body) -> str | IPv4Network:
    if body.get("cidr_ipv4"):
        return IPv4Network(body["cidr_ipv4"])
    if body.get("cidr_ipv6"):
        return WORLD
    if reference := body.get("referenced_security_group_id"):
        return str(account.follow(reference) or reference)
    prefix_list = account.follow(body.get("prefix_list_id"))
    name = str(account.get(prefix_list)["name"]) if prefix_list else ""
    if name.endswith(".cloudfront.origin-facing"):
        return CLOUDFRONT
    return S3 if name.endswith(".s3") else f"prefix list {name or body.get('prefix_list_id')}"


def _origins(account: Account) -> Iterator[tuple[str, Ports]]:
    for body in account.all("aws_cloudfront_vpc_origin").values():
        endpoint = block(body["vpc_origin_endpoint_config"])
        used = {"http-only": ("http_port",), "https-only": ("https_port",)}.get(
            endpoint["origin_protocol_policy"], ("http_port", "https_port")
        )
        allowed = frozenset(("tcp", int(endpoint[key]), int(endpoint[key])) for key in used)
        yield str(account.follow(endpoint["arn"])), allowed
