"""The network of an environment, read from its synthesised layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any

from policies.proof.account import Body, Configuration
from policies.proof.network import CLOUDFRONT, S3, WORLD, AclEntry, GroupRule, Network, Node, Subnet, Way
from policies.proof.ports import Ports, ports
from terraform_json.blocks import listed, nested_block

# What stands in the network's own plumbing, or only names a subnet in passing.
_PLUMBING = {"aws_network_acl", "aws_nat_gateway", "aws_route_table_association", "aws_default_security_group"}
_PEERS = ("cidr_ipv4", "cidr_ipv6", "referenced_security_group_id", "prefix_list_id")
_PLACED = ("subnet_id", "subnet_ids", "subnets", "vpc_config", "vpc_options", "network_configuration", "subnet_mapping")


def read_network(account: Configuration, *, existing: str | None = None) -> Network:
    """The network of an environment: its own VPC, or what it puts into an existing one with these addresses.

    Raises ValueError where there is neither.
    """
    subnets = {address: _subnet(account, address, body) for address, body in account.all("aws_subnet").items()}
    home, cidr = _vpc(account, existing)
    if existing:
        used = [each for _, _, placed, _ in _placed(account) for each in _subnet_ids(account, placed)]
        subnets |= {each: _foreign(each, cidr) for each in used if each not in subnets}
    found = list(_nodes(account, subnets))
    modelled = {node.address for node in found}
    return Network(
        home=home,
        cidr=cidr,
        subnets=subnets,
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


def _vpc(account: Configuration, existing: str | None) -> tuple[str, IPv4Network]:
    built = account.all("aws_vpc")
    if existing and not built:
        groups = account.all("aws_security_group")
        return min(groups, default="infrastructure/aws_security_group"), IPv4Network(existing)
    if len(built) != 1:
        raise ValueError(f"{len(built)} VPCs are built here; one can be judged")
    ((address, body),) = built.items()
    return address, IPv4Network(body["cidr_block"])


def _foreign(address: str, cidr: IPv4Network) -> Subnet:
    way = Way("", "0.0.0.0/0", "internet")
    return Subnet(address, "existing", "", cidr, False, None, None, (way,), None, reaches_s3=True, foreign=True)


def _unmodelled(kind: str, body: Body, *, modelled: bool) -> bool:
    """Rules inside a group and addresses of unknown things: better refused than overlooked."""
    if kind == "aws_security_group_rule" or (
        kind == "aws_security_group" and (body.get("ingress") or body.get("egress"))
    ):
        return True
    return kind not in _PLUMBING and not modelled and any(body.get(key) for key in _PLACED)


def _nodes(account: Configuration, subnets: Mapping[str, Subnet]) -> Iterator[Node]:
    """What has an address, by kind; without what stands in subnets or groups that aren't known here."""
    for name, address, placed, public in _placed(account):
        where = _subnet_ids(account, placed)
        groups = [
            account.follow(each) for each in listed(placed.get("security_groups") or placed.get("security_group_ids"))
        ]
        if None not in groups and all(each in subnets for each in where):
            gives = any(subnets[each].gives_public_addresses for each in where)
            yield Node(name, address, where, frozenset(map(str, groups)), public or gives)


def _subnet_ids(account: Configuration, placed: Mapping[str, Any]) -> tuple[str, ...]:
    """Addresses of the subnets built here, ids of the others."""
    found = listed(placed.get("subnets") or placed.get("subnet_ids"))
    return tuple(account.follow(each) or str(each) for each in found)


def _placed(account: Configuration) -> Iterator[tuple[str, str, Mapping[str, Any], bool]]:
    for address, body in account.all("aws_ecs_service").items():
        placed = nested_block(body["network_configuration"])
        yield "task", address, placed, bool(placed.get("assign_public_ip"))
    for address, body in account.all("aws_lb").items():
        yield "alb", address, body, not body.get("internal")
    for address, body in account.all("aws_opensearch_domain").items():
        yield "search", address, nested_block(body["vpc_options"]), False
    for address, body in account.all("aws_lambda_function").items():
        if body.get("vpc_config"):
            yield "function", address, nested_block(body["vpc_config"]), False
    for address, body in account.all("aws_vpc_endpoint").items():
        if body.get("vpc_endpoint_type") == "Interface":
            service = str(body["service_name"]).split(".", 3)[-1]
            yield f"endpoint {service}", address, body, False


def _subnet(account: Configuration, address: str, body: Body) -> Subnet:
    tables = [
        account.follow(each["route_table_id"])
        for each in account.all("aws_route_table_association").values()
        if account.follow(each.get("subnet_id")) == address
    ]
    table = tables[0] if tables else None
    acl = _acl(account, address)
    ways, nats = [], []
    for way, route in account.all("aws_route").items():
        if table and account.follow(route["route_table_id"]) == table:
            destination = str(route.get("destination_cidr_block") or route.get("destination_ipv6_cidr_block"))
            ways.append(Way(way, destination, _target(account, route)))
            nats.append(account.follow(route.get("nat_gateway_id")))
    return Subnet(
        address=address,
        tier=str(body.get("tags", {}).get("Tier", "")),
        zone=str(body["availability_zone"]),
        network=IPv4Network(body["cidr_block"]),
        gives_public_addresses=bool(body.get("map_public_ip_on_launch")),
        entries=_entries(account, acl),
        acl=acl,
        ways=tuple(ways),
        nat=next((account.follow(account.get(nat)["subnet_id"]) for nat in nats if nat), None),
        reaches_s3=any(
            table in map(account.follow, listed(each.get("route_table_ids")))
            for each in account.all("aws_vpc_endpoint").values()
            if str(each["service_name"]).endswith(".s3")
        ),
    )


def _target(account: Configuration, route: Body) -> str:
    if account.follow(route.get("nat_gateway_id")):
        return "nat"
    gateway = account.follow(route.get("gateway_id"))
    if gateway and "aws_internet_gateway" in gateway:
        return "internet"
    return next((key for key in route if key.endswith("_id") and key != "route_table_id"), "nowhere")


def _acl(account: Configuration, subnet: str) -> str | None:
    """The ACL of a subnet; None where it has the VPC's default one."""
    return next(
        (
            address
            for address, body in account.all("aws_network_acl").items()
            if subnet in map(account.follow, listed(body.get("subnet_ids")))
        ),
        None,
    )


def _entries(account: Configuration, acl: str | None) -> tuple[AclEntry, ...] | None:
    """None where no ACL is given: the default one lets everything through."""
    if acl is None:
        return None
    body = account.get(acl)
    lines = [
        AclEntry(
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


def _network(cidr: Any) -> IPv4Network | str:
    """IPv6 has no place in this VPC: an IPv6 rule speaks of the world."""
    return IPv4Network(cidr) if isinstance(cidr, str) and ":" not in cidr else WORLD


def _rules(account: Configuration) -> Iterator[GroupRule]:
    for inward, direction in ((True, "ingress"), (False, "egress")):
        for address, body in account.all(f"aws_vpc_security_group_{direction}_rule").items():
            group = str(account.follow(body["security_group_id"]))
            allowed = ports(body.get("ip_protocol"), body.get("from_port"), body.get("to_port"))
            named = next((key for key in _PEERS if body.get(key)), _PEERS[0])
            yield GroupRule(address, group, inward, _peer(account, body), allowed, named)


def _peer(account: Configuration, body: Body) -> str | IPv4Network:
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


def _origins(account: Configuration) -> Iterator[tuple[str, Ports]]:
    for body in account.all("aws_cloudfront_vpc_origin").values():
        endpoint = nested_block(body["vpc_origin_endpoint_config"])
        used = {"http-only": ("http_port",), "https-only": ("https_port",)}.get(
            endpoint["origin_protocol_policy"], ("http_port", "https_port")
        )
        allowed = frozenset(("tcp", int(endpoint[key]), int(endpoint[key])) for key in used)
        yield str(account.follow(endpoint["arn"])), allowed
