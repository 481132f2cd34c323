"""Reachability from the synthesised layers: only allowed paths exist, and the proof notices each one more or less."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from config import load
from policies.proof.catalogue import unproven_network
from policies.proof.configuration import Configuration
from policies.proof.expected_paths import allowed_paths, network_deviations
from policies.proof.reachability import NetworkPath, arrives
from policies.proof.reading import read_network
from tests.policies.proof.configurations import ALL, Break, Configs, broken, configuration, copied, resource, settings
from tests.policies.proof.extra_rules import extra_rule

# One environment for each kind of egress.
WAYS_OUT = ("dev", "nat", "prod", "endpoints")
EXTRA_RULES = range(20)
# Layers left out for speed: most of the resources, none with an address.
BESIDE = ("monitoring", "security")


def judged(name: str, change: Break) -> list[str]:
    return [
        str(each) for each in network_deviations(read_network(broken(name, change, without=BESIDE)), settings(name))
    ]


@pytest.mark.parametrize("name", ALL)
def test_the_allowed_paths_exist_and_no_other(name: str) -> None:
    assert list(unproven_network(configuration(name), settings(name))) == []


def test_every_way_out_is_proven() -> None:
    assert {settings(name).network.egress for name in WAYS_OUT} == {
        "public_ip",
        "nat_gateway",
        "nat_per_az",
        "endpoints",
    }


def removable(configs: Configs) -> Iterator[tuple[str, str, str]]:
    """Layer, type and name of every rule, route, origin and endpoint that a path needs."""
    kinds = (
        "aws_vpc_security_group_ingress_rule",
        "aws_vpc_security_group_egress_rule",
        "aws_route",
        "aws_cloudfront_vpc_origin",
        "aws_vpc_endpoint",
    )
    for layer, config in configs.items():
        for kind in kinds:
            yield from ((layer, kind, name) for name in config["resource"].get(kind, {}))


@pytest.mark.parametrize("name", WAYS_OUT)
def test_without_any_one_rule_the_proof_is_red(name: str) -> None:
    def remove(layer: str, kind: str, rule: str) -> Break:
        return lambda configs: configs[layer]["resource"][kind].pop(rule)

    rules = list(removable(copied(name, without=BESIDE)))
    assert [each for each in rules if judged(name, remove(*each)) == []] == []
    assert len(rules) >= 10


@pytest.mark.parametrize("name", WAYS_OUT)
def test_every_allowed_path_depends_on_a_rule(name: str) -> None:
    """Every allowed path disappears when some rule is removed."""
    lost: set[NetworkPath] = set()
    for layer, kind, rule in removable(copied(name, without=BESIDE)):
        configs = copied(name, without=BESIDE)
        del configs[layer]["resource"][kind][rule]
        lost |= allowed_paths(settings(name)) - arrives(read_network(Configuration(configs)))
    # The way to the internet covers the search domain's egress rule; its ingress rule decides.
    assert lost == allowed_paths(settings(name))


@pytest.mark.parametrize("name", WAYS_OUT)
@pytest.mark.parametrize("number", EXTRA_RULES)
def test_any_extra_rule_turns_the_proof_red(name: str, number: int) -> None:
    assert judged(name, extra_rule(number)) != []


def test_the_extra_rules_differ_and_reach_every_fence() -> None:
    before = copied("prod")["infrastructure"]["resource"]
    changed, kinds = set(), set()
    for number in EXTRA_RULES:
        after = copied("prod")
        extra_rule(number)(after)
        changed.add(json.dumps(after, sort_keys=True))
        kinds |= {kind for kind, bodies in after["infrastructure"]["resource"].items() if bodies != before.get(kind)}
    assert len(changed) == len(EXTRA_RULES)
    assert kinds >= {
        "aws_network_acl",
        "aws_route",
        "aws_vpc_security_group_egress_rule",
        "aws_vpc_security_group_ingress_rule",
    }


def open_the_task(configs: Configs) -> None:
    task = next(name for name in configs["infrastructure"]["resource"]["aws_security_group"] if "task" in name)
    configs["infrastructure"]["resource"]["aws_vpc_security_group_ingress_rule"]["extra"] = {
        "security_group_id": f"${{aws_security_group.{task}.id}}",
        "ip_protocol": "tcp",
        "from_port": 8080,
        "to_port": 8080,
        "cidr_ipv4": "0.0.0.0/0",
    }


def test_an_open_group_in_dev_is_stopped_by_the_acl_and_still_refused() -> None:
    found = judged("dev", open_the_task)
    assert found == ["open: group of task, from world: tcp 8080"]


def test_in_an_existing_vpc_the_groups_are_still_ours_to_prove() -> None:
    def open_and_shut(configs: Configs) -> None:
        open_the_task(configs)
        rules = configs["infrastructure"]["resource"]["aws_vpc_security_group_ingress_rule"]
        del rules[next(name for name in rules if name.startswith("groups_alb_to_task_in"))]

    found = {each.rule: each for each in unproven_network(broken("existing", open_and_shut), settings("existing"))}
    assert found.keys() == {"unexpected-path", "unexpected-opening", "missing-opening"}
    assert found["unexpected-path"].detail == "may arrive: internet to task, tcp 8080"


def test_each_deviation_names_what_makes_it() -> None:
    def change(configs: Configs) -> None:
        open_the_task(configs)
        acl = resource(configs, "infrastructure", "aws_network_acl", "public_acl")
        acl["egress"].pop()
        acl["ingress"].append({**acl["ingress"][0], "rule_no": 50, "cidr_block": "0.0.0.0/0"})
        resource(configs, "infrastructure", "aws_subnet", "network_private_1")["map_public_ip_on_launch"] = True
        configs["service"]["resource"]["aws_instance"] = {"bastion": {"subnet_id": "subnet-1"}}

    found = list(unproven_network(broken("dev", change), settings("dev")))
    for rule, address, attribute in (
        ("unexpected-opening", "infrastructure/aws_vpc_security_group_ingress_rule.extra", "cidr_ipv4"),
        ("unexpected-opening", "infrastructure/aws_network_acl.public_acl", "ingress"),
        ("missing-opening", "infrastructure/aws_subnet.network_public_0", ""),
        ("unexpected-opening", "infrastructure/aws_subnet.network_private_1", "map_public_ip_on_launch"),
        ("broken-path", "service/aws_ecs_service.", ""),
        ("unmodelled-network", "service/aws_instance.bastion", ""),
    ):
        named = [each for each in found if (each.rule, each.attribute) == (rule, attribute)]
        assert any(each.address.startswith(address) for each in named), (rule, address)


def test_without_a_network_nothing_is_proven() -> None:
    with pytest.raises(ValueError, match="0 VPCs"):
        list(unproven_network(broken("dev", lambda configs: configs.clear()), settings("dev")))


def test_an_open_group_and_acl_let_the_internet_in() -> None:
    def open_both(configs: Configs) -> None:
        open_the_task(configs)
        acl = resource(configs, "infrastructure", "aws_network_acl", "public_acl")
        acl["ingress"].append(
            {
                "rule_no": 50,
                "action": "allow",
                "protocol": "tcp",
                "from_port": 0,
                "to_port": 65535,
                "cidr_block": "0.0.0.0/0",
            }
        )

    assert "may arrive: internet to task, tcp 8080" in judged("dev", open_both)


def test_answers_shut_out_break_the_path() -> None:
    def shut(configs: Configs) -> None:
        acl = resource(configs, "infrastructure", "aws_network_acl", "public_acl")
        acl["ingress"] = [line for line in acl["ingress"] if line["rule_no"] < 200]

    assert "doesn't work: task to internet, tcp 443" in judged("dev", shut)
    assert "doesn't work: task to internet, tcp 443" in judged("prod", shut)


def test_a_denying_line_before_the_allowing_one_breaks_the_path() -> None:
    def deny(configs: Configs) -> None:
        acl = resource(configs, "infrastructure", "aws_network_acl", "private_acl")
        acl["egress"].append(
            {
                "rule_no": 10,
                "action": "deny",
                "protocol": "tcp",
                "from_port": 443,
                "to_port": 443,
                "cidr_block": "10.20.0.0/16",
            }
        )

    assert any(fault.startswith("doesn't work: task to search") for fault in judged("prod", deny))


def test_a_thing_in_the_network_that_isnt_understood_is_refused() -> None:
    def add(configs: Configs) -> None:
        configs["service"]["resource"]["aws_instance"] = {"bastion": {"subnet_id": "subnet-1"}}

    assert judged("prod", add) == ["not understood: service/aws_instance.bastion"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"rule_no": None}, "an argument can't be read"),
        ({"cidr_block": "10.0.0.0/16x"}, "an argument can't be read"),
        ({"action": KeyError}, "argument 'action' is missing"),
    ],
)
def test_an_entry_that_cannot_be_read_is_told_with_its_address(change: dict[str, Any], told: str) -> None:
    configs = copied("dev")
    acl = next(iter(configs["infrastructure"]["resource"]["aws_network_acl"].values()))
    for key, value in change.items():
        acl["ingress"][0].pop(key)
        if value is not KeyError:
            acl["ingress"][0][key] = value
    with pytest.raises(ValueError, match=rf"infrastructure/aws_network_acl\.[\w-]+: {told}"):
        list(unproven_network(Configuration(configs), load("dev")))
