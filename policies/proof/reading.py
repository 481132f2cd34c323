"""Reader of an environment's network from its synthesised layers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import IPv4Network
from typing import Any

from policies.proof.configuration import Configuration
from policies.proof.network import CLOUDFRONT, S3, WORLD, AclEntry, GroupRule, Network, Node, Route, RoutedSubnet
from policies.proof.ports import Ports, rule_ports
from terraform_json.blocks import Body, listed, nested_block

# Types that name a subnet without having an address that anybody connects to.
_NOT_CONNECTED_TO = {"aws_network_acl", "aws_nat_gateway", "aws_route_table_association", "aws_default_security_group"}
_PEERS = ("cidr_ipv4", "cidr_ipv6", "referenced_security_group_id", "prefix_list_id")
# AWS's list of the addresses that CloudFront calls from.
CLOUDFRONT_LIST = "com.amazonaws.global.cloudfront.origin-facing"
_LOOKED_UP = re.compile(r"\$\{data\.aws_ec2_managed_prefix_list\.[\w-]+\.id\}")
_PLACED = ("subnet_id", "subnet_ids", "subnets", "vpc_config", "vpc_options", "network_configuration", "subnet_mapping")


def read_network(configuration: Configuration, *, existing: str | None = None) -> Network:
    """Network of an environment: its own VPC, or its part of an existing VPC with the address range `existing`.

    Raises ValueError where there is neither.
    """
    subnets = {
        address: _subnet(configuration, address, body) for address, body in configuration.all("aws_subnet").items()
    }
    home, cidr = _vpc(configuration, existing)
    if existing:
        used = [each for _, _, placed, _ in _placed(configuration) for each in _subnet_ids(configuration, placed)]
        subnets |= {each: _foreign(each, cidr) for each in used if each not in subnets}
    found = list(_nodes(configuration, subnets))
    modelled = {node.address for node in found}
    return Network(
        home=home,
        cidr=cidr,
        subnets=subnets,
        nodes=tuple(found),
        rules=tuple(_rules(configuration)),
        groups={address: str(body["name"]) for address, body in configuration.all("aws_security_group").items()},
        origins=dict(_origins(configuration)),
        unmodelled=tuple(
            address
            for kind, address, body in configuration.everything()
            if _unmodelled(kind, body, modelled=address in modelled)
        ),
    )


def _vpc(configuration: Configuration, existing: str | None) -> tuple[str, IPv4Network]:
    built = configuration.all("aws_vpc")
    if existing and not built:
        groups = configuration.all("aws_security_group")
        return min(groups, default="infrastructure/aws_security_group"), IPv4Network(existing)
    if len(built) != 1:
        raise ValueError(f"{len(built)} VPCs are built here; one can be judged")
    ((address, body),) = built.items()
    return address, IPv4Network(body["cidr_block"])


def _foreign(address: str, cidr: IPv4Network) -> RoutedSubnet:
    route = Route("", "0.0.0.0/0", "internet")
    return RoutedSubnet(address, "existing", "", cidr, False, None, None, (route,), None, reaches_s3=True, foreign=True)


def _unmodelled(kind: str, body: Body, *, modelled: bool) -> bool:
    """Whether the proof can't judge a resource: rules inside a security group, or a subnet given to an unknown type."""
    if kind == "aws_security_group_rule" or (
        kind == "aws_security_group" and (body.get("ingress") or body.get("egress"))
    ):
        return True
    return kind not in _NOT_CONNECTED_TO and not modelled and any(body.get(key) for key in _PLACED)


def _nodes(configuration: Configuration, subnets: Mapping[str, RoutedSubnet]) -> Iterator[Node]:
    """Nodes whose subnets and security groups are all known; the others stay unmodelled."""
    for name, address, placed, public in _placed(configuration):
        where = _subnet_ids(configuration, placed)
        groups = [
            configuration.follow(each)
            for each in listed(placed.get("security_groups") or placed.get("security_group_ids"))
        ]
        if None not in groups and all(each in subnets for each in where):
            gives = any(subnets[each].gives_public_addresses for each in where)
            yield Node(name, address, where, frozenset(map(str, groups)), public or gives)


def _subnet_ids(configuration: Configuration, placed: Mapping[str, Any]) -> tuple[str, ...]:
    """Subnets a resource is placed in: addresses of those built here, ids of the others."""
    found = listed(placed.get("subnets") or placed.get("subnet_ids"))
    return tuple(configuration.follow(each) or str(each) for each in found)


def _placed(configuration: Configuration) -> Iterator[tuple[str, str, Mapping[str, Any], bool]]:
    for address, body in configuration.all("aws_ecs_service").items():
        placed = nested_block(body["network_configuration"])
        yield "task", address, placed, bool(placed.get("assign_public_ip"))
    for address, body in configuration.all("aws_lb").items():
        yield "alb", address, body, not body.get("internal")
    for address, body in configuration.all("aws_opensearch_domain").items():
        yield "search", address, nested_block(body["vpc_options"]), False
    for address in configuration.all("data.aws_opensearch_domain"):
        yield "search", address, _beside_its_function(configuration), False
    for address, body in configuration.all("aws_lambda_function").items():
        if body.get("vpc_config"):
            yield _function(body), address, nested_block(body["vpc_config"]), False
    for address, body in configuration.all("aws_vpc_endpoint").items():
        if body.get("vpc_endpoint_type") == "Interface":
            service = str(body["service_name"]).split(".", 3)[-1]
            yield f"endpoint {service}", address, body, False


# Nodes of functions by the package of their handler; what finishes the domain is just "function".
_FUNCTIONS = {"hook_lambda": "release test", "ingestion": "loader"}


def _function(body: Body) -> str:
    """Node of a function: the loader of the index reaches S3, the one that tries new tasks the load balancer."""
    return _FUNCTIONS.get(str(body.get("handler", "")).partition(".")[0], "function")


def _beside_its_function(configuration: Configuration) -> Mapping[str, Any]:
    """Place of a domain that isn't built here: the subnets of the function that finishes it, the group that reaches."""
    for body in configuration.all("aws_lambda_function").values():
        if _function(body) != "function":
            continue
        placed = nested_block(body.get("vpc_config") or {})
        groups = {configuration.follow(each) for each in listed(placed.get("security_group_ids"))}
        reached = [
            rule["referenced_security_group_id"]
            for rule in configuration.all("aws_vpc_security_group_egress_rule").values()
            if configuration.follow(rule.get("security_group_id")) in groups and "referenced_security_group_id" in rule
        ]
        if reached:
            return {"subnet_ids": placed.get("subnet_ids"), "security_group_ids": reached}
    return {}


def _subnet(configuration: Configuration, address: str, body: Body) -> RoutedSubnet:
    tables = [
        configuration.follow(each["route_table_id"])
        for each in configuration.all("aws_route_table_association").values()
        if configuration.follow(each.get("subnet_id")) == address
    ]
    table = tables[0] if tables else None
    acl = _acl(configuration, address)
    routes, nats = [], []
    for route_address, route in configuration.all("aws_route").items():
        if table and configuration.follow(route["route_table_id"]) == table:
            destination = str(route.get("destination_cidr_block") or route.get("destination_ipv6_cidr_block"))
            routes.append(Route(route_address, destination, _target(configuration, route)))
            nats.append(configuration.follow(route.get("nat_gateway_id")))
    return RoutedSubnet(
        address=address,
        tier=str(body.get("tags", {}).get("Tier", "")),
        zone=str(body["availability_zone"]),
        network=IPv4Network(body["cidr_block"]),
        gives_public_addresses=bool(body.get("map_public_ip_on_launch")),
        entries=_entries(configuration, acl),
        acl=acl,
        routes=tuple(routes),
        nat=next((configuration.follow(configuration.get(nat)["subnet_id"]) for nat in nats if nat), None),
        reaches_s3=any(
            table in map(configuration.follow, listed(each.get("route_table_ids")))
            for each in configuration.all("aws_vpc_endpoint").values()
            if str(each["service_name"]).endswith(".s3")
        ),
    )


def _target(configuration: Configuration, route: Body) -> str:
    if configuration.follow(route.get("nat_gateway_id")):
        return "nat"
    gateway = configuration.follow(route.get("gateway_id"))
    if gateway and "aws_internet_gateway" in gateway:
        return "internet"
    return next((key for key in route if key.endswith("_id") and key != "route_table_id"), "nowhere")


@contextmanager
def _reading(address: str) -> Iterator[None]:
    """Name the resource in what is raised while it is read. Raises ValueError for a missing or strange argument."""
    try:
        yield
    except KeyError as missing:
        raise ValueError(f"{address}: argument {missing} is missing") from missing
    except (AttributeError, TypeError, ValueError) as strange:
        raise ValueError(f"{address}: an argument can't be read ({strange})") from strange


def _acl(configuration: Configuration, subnet: str) -> str | None:
    """Address of a subnet's ACL; None where it has the VPC's default one."""
    return next(
        (
            address
            for address, body in configuration.all("aws_network_acl").items()
            if subnet in map(configuration.follow, listed(body.get("subnet_ids")))
        ),
        None,
    )


def _entries(configuration: Configuration, acl: str | None) -> tuple[AclEntry, ...] | None:
    """Entries of an ACL by number; None for the default ACL, which lets everything through."""
    if acl is None:
        return None
    body = configuration.get(acl)
    with _reading(acl):
        lines = [
            AclEntry(
                number=int(line["rule_no"]),
                inward=direction == "ingress",
                allows=line["action"] == "allow",
                network=_network(line.get("cidr_block")),
                ports=rule_ports(line["protocol"], line["from_port"], line["to_port"]),
            )
            for direction in ("ingress", "egress")
            for line in listed(body.get(direction))
        ]
    return tuple(sorted(lines, key=lambda line: line.number))


def _network(cidr: Any) -> IPv4Network | str:
    """Network of an ACL entry. The VPC has no IPv6 range, so an IPv6 entry counts as the world."""
    return IPv4Network(cidr) if isinstance(cidr, str) and ":" not in cidr else WORLD


def _rules(configuration: Configuration) -> Iterator[GroupRule]:
    for inward, direction in ((True, "ingress"), (False, "egress")):
        for address, body in configuration.all(f"aws_vpc_security_group_{direction}_rule").items():
            with _reading(address):
                group = str(configuration.follow(body["security_group_id"]))
                allowed = rule_ports(body.get("ip_protocol"), body.get("from_port"), body.get("to_port"))
                named = next((key for key in _PEERS if body.get(key)), _PEERS[0])
                rule = GroupRule(address, group, inward, _peer(configuration, body), allowed, named)
            yield rule


def _peer(configuration: Configuration, body: Body) -> str | IPv4Network:
    if body.get("cidr_ipv4"):
        return IPv4Network(body["cidr_ipv4"])
    if body.get("cidr_ipv6"):
        return WORLD
    if reference := body.get("referenced_security_group_id"):
        return str(configuration.follow(reference) or reference)
    return _prefix_list(configuration, body.get("prefix_list_id"))


def _prefix_list(configuration: Configuration, value: Any) -> str:
    """Peer behind a prefix list: AWS's own, looked up by its exact name and nothing else; any other is a stranger."""
    address = configuration.follow(value) if _LOOKED_UP.fullmatch(str(value)) else None
    if address is None:
        return f"prefix list {value}"
    found = configuration.get(address)
    name = str(found.get("name"))
    peers = {CLOUDFRONT_LIST: CLOUDFRONT, f"com.amazonaws.{configuration.region(address)}.s3": S3}
    plain = not found.keys() - {"name", "provider"}
    return peers[name] if plain and name in peers else f"prefix list {name}"


def _origins(configuration: Configuration) -> Iterator[tuple[str, Ports]]:
    for body in configuration.all("aws_cloudfront_vpc_origin").values():
        endpoint = nested_block(body["vpc_origin_endpoint_config"])
        used = {"http-only": ("http_port",), "https-only": ("https_port",)}.get(
            endpoint["origin_protocol_policy"], ("http_port", "https_port")
        )
        allowed = frozenset(("tcp", int(endpoint[key]), int(endpoint[key])) for key in used)
        yield str(configuration.follow(endpoint["arn"])), allowed
