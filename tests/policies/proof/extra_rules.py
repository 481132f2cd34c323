"""Additional rules, routes and addresses, drawn from a fixed seed: each opens one fence."""

from __future__ import annotations

import random
from typing import Any

from tests.policies.proof.configurations import Break, Configs

SEED = 100600
OUTSIDE = ("0.0.0.0/0", "203.0.113.0/24", "198.51.100.7/32", "10.0.0.0/8", "10.20.0.0/16")
# None of these ports is used, so no such rule can be one that is already there.
PORTS = (22, 25, 53, 3306, 3389, 5432, 6379, 9200, 11211)


def extra_rule(number: int) -> Break:
    """Change that adds rule `number`, always the same."""
    draw = random.Random(SEED + number)
    make = draw.choice([_group_rule, _group_rule, _group_rule, _acl_entry, _acl_entry, _route, _public_address])

    def add(configs: Configs) -> None:
        make(configs["infrastructure"]["resource"], draw, configs)

    return add


def _reference(kind: str, name: str) -> str:
    return f"${{{kind}.{name}.id}}"


def _group_rule(resources: dict[str, Any], draw: random.Random, _: Configs) -> None:
    groups = sorted(resources["aws_security_group"])
    port = draw.choice(PORTS)
    rule: dict[str, Any] = {
        "security_group_id": _reference("aws_security_group", draw.choice(groups)),
        "ip_protocol": draw.choice(["tcp", "udp", "-1"]),
        "from_port": port,
        "to_port": port,
    }
    peer = draw.choice(["cidr_ipv4", "cidr_ipv6", "referenced_security_group_id"])
    rule[peer] = {
        "cidr_ipv4": draw.choice(OUTSIDE),
        "cidr_ipv6": "::/0",
        "referenced_security_group_id": _reference("aws_security_group", draw.choice(groups)),
    }[peer]
    direction = draw.choice(["ingress", "egress"])
    resources.setdefault(f"aws_vpc_security_group_{direction}_rule", {})["extra"] = rule


def _acl_entry(resources: dict[str, Any], draw: random.Random, _: Configs) -> None:
    acl = resources["aws_network_acl"][draw.choice(sorted(resources["aws_network_acl"]))]
    port = draw.choice([22, 25, 53, 3389])
    acl[draw.choice(["ingress", "egress"])].append(
        {
            "rule_no": draw.randrange(1, 99),
            "action": "allow",
            "protocol": draw.choice(["tcp", "udp", "-1"]),
            "from_port": port,
            "to_port": port,
            "cidr_block": draw.choice(OUTSIDE[:3]),
        }
    )


def _route(resources: dict[str, Any], draw: random.Random, _: Configs) -> None:
    (gateway,) = resources["aws_internet_gateway"]
    tables = sorted(resources["aws_route_table"])
    resources["aws_route"]["extra"] = {
        "route_table_id": _reference("aws_route_table", draw.choice(tables)),
        "destination_cidr_block": draw.choice(OUTSIDE[1:3]),
        "gateway_id": _reference("aws_internet_gateway", gateway),
    }


def _public_address(resources: dict[str, Any], draw: random.Random, configs: Configs) -> None:
    if draw.random() < 0.5:
        subnets = resources["aws_subnet"]
        subnets[draw.choice(sorted(subnets))]["map_public_ip_on_launch"] = True
    else:
        (load_balancer,) = configs["service"]["resource"]["aws_lb"].values()
        load_balancer["internal"] = False
