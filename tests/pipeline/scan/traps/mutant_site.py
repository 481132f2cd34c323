"""Mutants of the site: network, edge and application."""

from __future__ import annotations

import json
import random
from typing import Any

from tests.pipeline.scan.traps.copies import Config
from tests.pipeline.scan.traps.mutant_access import arguments, provider_types
from tests.pipeline.scan.traps.mutation import (
    Configs,
    Mutant,
    another,
    blocks,
    body,
    brings,
    cut,
    dotted,
    paths,
    put,
    removes,
    replaces,
)

_NETWORK = ("aws_vpc", "aws_security_group", "aws_subnet", "aws_route", "aws_network_acl",
"aws_default_security", "aws_internet", "aws_lb",
            "aws_ec2_managed")  # fmt: skip
_EDGE = ("aws_cloudfront", "aws_wafv2", "aws_route53", "aws_acm")
_APPLICATION = (
    "aws_ecs",
    "aws_lambda",
    "aws_opensearch",
    "aws_bedrock",
    "aws_sfn",
    "aws_signer",
    "aws_appautoscaling",
    "aws_ecr",
    "aws_s3_object",
)
_CIDRS = ("0.0.0.0/0", "::/0", "0.0.0.0/1", "8.8.8.8/32", "10.0.0.0/8", "1.2.3.0/24", "2000::/3", "0.0.0.0/00",
"${\"0.0.0.0/0\"}",
          "000.0.0.0/0", "203.0.113.7/32", "172.16.0.0/12")  # fmt: skip


def _any_argument(rng: random.Random, configs: Configs, *prefixes: str) -> Mutant:
    """Another value, or none, for an argument of a resource or data source of these types."""
    layer, address = rng.choice(blocks(configs, *prefixes))
    path, value = rng.choice([each for each in paths(body(configs[layer], address)) if not _told_to_people(each[0])])
    if rng.random() < 0.3:
        return removes(layer, address, path)
    return replaces(layer, address, path, another(rng, value))


def _told_to_people(path: tuple[Any, ...]) -> bool:
    return path[-1] in ("description", "comment", "tags") or "tags" in path


def network(rng: random.Random, configs: Configs) -> Mutant:
    """A rule, a route, a list entry or a connection more; any argument of what is there."""
    choice = rng.random()
    cidr = rng.choice(_CIDRS)
    six = ":" in cidr
    groups = [each for each in blocks(configs, "aws_security_group") if not each[1].startswith("data.")]
    if choice < 0.25:
        layer, group = rng.choice([each for each in groups if "_rule" not in each[1]])
        kind = rng.choice(["ingress", "egress"])
        peer = rng.choice([{"cidr_ipv6" if six else "cidr_ipv4": cidr}, {"prefix_list_id": "pl-12345678"},
                           {"referenced_security_group_id": "sg-0123456789abcdef0"},
                           {"referenced_security_group_id": f"${{{group}.id}}"}])  # fmt: skip
        ports: Config = rng.choice(
            [{"ip_protocol": "-1"}, {"ip_protocol": "tcp", "from_port": rng.randrange(65536), "to_port": 65535}]
        )
        return brings(
            layer,
            f"aws_vpc_security_group_{kind}_rule.evil",
            {"security_group_id": f"${{{group}.id}}", "description": "x", **peer, **ports},
        )
    if choice < 0.4:
        layer, group = rng.choice([each for each in groups if "_rule" not in each[1]])
        rule: Config = {
            "from_port": 0,
            "to_port": rng.choice([0, 65535]),
            "protocol": rng.choice(["-1", "tcp"]),
            "description": "x",
        }
        rule["ipv6_cidr_blocks" if six else "cidr_blocks"] = [cidr]
        return replaces(layer, group, (rng.choice(["ingress", "egress"]),), rng.choice([[rule], rule]))
    if choice < 0.6:
        words = (
            "vpc",
            "route",
            "gateway",
            "peering",
            "network",
            "subnet",
            "vpn",
            "dx_",
            "eip",
            "nat_",
            "lb",
            "endpoint",
            "instance",
            "apigateway",
        )
        kind = rng.choice([each for each in provider_types() if any(word in each for word in words)])
        extra = {"cidr_block": cidr, "vpc_id": "${aws_vpc.x.id}"}
        return brings("infrastructure", f"{kind}.evil", arguments(rng) | rng.choice([{}, extra]))
    if choice < 0.7:
        layer, table = rng.choice(blocks(configs, "aws_route_table", "aws_network_acl"))
        route = {"destination_cidr_block": cidr, "gateway_id": "igw-1", "route_table_id": "x"}
        return (
            brings(layer, "aws_route.evil", route)
            if rng.random() < 0.5
            else replaces(layer, table, ("route",), [route])
        )
    return _any_argument(rng, configs, *_NETWORK)


def edge(rng: random.Random, configs: Configs) -> Mutant:
    """Any argument of distribution, web ACL, names and certificates; rules, origins and functions more."""
    layer, address = rng.choice(blocks(configs, *_EDGE))
    own = body(configs[layer], address)
    choice = rng.random()
    lists = [path for path, value in paths(own) if isinstance(value, list) and value]
    if choice < 0.15 and lists:
        path = rng.choice(lists)
        value: Any = own
        for step in path:
            value = value[step]
        return replaces(layer, address, path, rng.choice([value[1:], value[:-1], [], [*value, value[0]]]))
    if choice < 0.25 and "aws_cloudfront_distribution" in address:
        key, value = rng.choice(
            [("aliases", ["evil.example.org"]), ("enabled", False), ("staging", True),
            ("logging_config", {"bucket": "x"}), ("web_acl_id", ""),
             ("default_root_object", "../x"), ("viewer_certificate", {"minimum_protocol_version": "SSLv3"}),
             ("restrictions", {})]
        )  # fmt: skip
        return replaces(layer, address, (key,), value)
    if choice < 0.35:
        kind = rng.choice(
            [
                each
                for each in provider_types()
                if each.startswith(("aws_cloudfront", "aws_waf", "aws_globalaccelerator", "aws_lightsail"))
            ]
        )
        return brings("edge", f"{kind}.evil", arguments(rng) | {"code": "x", "runtime": "cloudfront-js-2.0"})
    return _any_argument(rng, configs, *_EDGE)


def application(rng: random.Random, configs: Configs) -> Mutant:
    """Any field of the container, or argument of functions, search, models, state machine and signing."""
    if rng.random() < 0.6:
        return _any_argument(rng, configs, *_APPLICATION)
    layer, address = rng.choice(blocks(configs, "aws_ecs_task_definition"))
    containers = json.loads(body(configs[layer], address)["container_definitions"])
    key, value = rng.choice(
        [
            ("command", ["sh"]), ("entryPoint", ["sh", "-c"]), ("privileged", True), ("user", "root"), ("user",
            "0"), ("image", "evil/evil:1"),
            ("readonlyRootFilesystem", False), ("linuxParameters", {"capabilities": {"add": ["SYS_ADMIN"]}}),
            ("workingDirectory", "/x"),
            ("environmentFiles", [{"type": "s3", "value": "arn:aws:s3:::evil/x"}]), ("secrets", []),
            ("dockerSecurityOptions", ["no"]),
            ("mountPoints", []), ("volumesFrom", [{"sourceContainer": "x"}]), ("extraHosts", [{"hostname": "x",
            "ipAddress": "1.2.3.4"}]),
            ("dnsServers", ["8.8.8.8"]), ("healthCheck", {"command": ["CMD", "true"]}), ("interactive", True),
            ("logConfiguration", {}),
            ("essential", False), ("repositoryCredentials", {"credentialsParameter": "x"}),
            ("firelensConfiguration", {"type": "fluentbit"}),
            ("Command", ["sh"]), ("evil", 1), ("image", "999999999999.dkr.ecr.us-east-1.amazonaws.com/x:1"),
            ("pseudoTerminal", True),
        ]
    )  # fmt: skip
    path, old = rng.choice(list(paths(containers)))
    new = another(rng, old)
    evil = {"name": "evil", "image": "evil/evil:1", "essential": True}
    what = rng.random()

    def change(config: Config) -> None:
        task = body(config, address)
        found = json.loads(task["container_definitions"])
        if what < 0.45:
            found[0][key] = value
        elif what < 0.7:
            put(found, path, new)
        elif what < 0.9:
            cut(found, path)
        else:
            found.append(evil)
        task["container_definitions"] = json.dumps(found)

    text = (
        f"{key} = {value!r}"
        if what < 0.45
        else f"{dotted(path)} = {new!r}"
        if what < 0.7
        else f"without {dotted(path)}"
    )
    return Mutant(f"container: {text if what < 0.9 else 'one more'}", layer, address, change)
