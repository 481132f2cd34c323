"""No function reaches both the search domain and the internet."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from config import load
from policies.vouched.functions import INSIDE, unvouched_functions
from tests.support.environments import NAMES, varied
from tests.support.shared import configurations, environment

Layers = dict[str, Any]
ENV = load("prod")


def of_prod() -> Layers:
    return {name: copy.deepcopy(dict(template.config)) for name, template in environment("prod").items()}


def named(layers: Layers, layer: str, kind: str, prefix: str) -> tuple[str, Any]:
    return next((name, body) for name, body in layers[layer]["resource"][kind].items() if name.startswith(prefix))


@pytest.mark.parametrize("name", NAMES)
def test_functions_of_the_environments_pass(name: str) -> None:
    layers = {layer: template.config for layer, template in environment(name).items()}
    assert list(unvouched_functions(layers, load(name))) == []


def test_every_handler_of_the_list_runs_inside() -> None:
    (shifted,) = configurations([varied("prod", deployment__strategy="canary")])
    handlers = {
        body["handler"]
        for template in shifted.values()
        for body in template.all("aws_lambda_function").values()
        if body.get("vpc_config")
    }
    assert handlers == INSIDE


@pytest.mark.parametrize("function", ["fetch", "embed", "ledger"])
def test_a_function_that_reaches_the_internet_stays_outside(function: str) -> None:
    layers = of_prod()
    address, body = named(layers, "workflows", "aws_lambda_function", function)
    body["vpc_config"] = named(layers, "workflows", "aws_lambda_function", "load")[1]["vpc_config"]
    (line,) = unvouched_functions(layers, ENV)
    assert line.startswith(f"workflows/aws_lambda_function.{address}: vpc_config: ")


@pytest.mark.parametrize("group", ["sg-0123456789abcdef0", None, 1, "task"])
def test_a_function_inside_has_groups_of_its_own_layer(group: Any) -> None:
    layers = of_prod()
    if group == "task":
        service = named(layers, "service", "aws_ecs_service", "")[1]
        group = service["network_configuration"]["security_groups"][0]
    _, body = named(layers, "workflows", "aws_lambda_function", "load")
    body["vpc_config"]["security_group_ids"].append(group)
    (line,) = unvouched_functions(layers, ENV)
    assert "security_group_ids: no group of its own layer" in line


@pytest.mark.parametrize(
    "peer",
    [
        {"cidr_ipv4": "0.0.0.0/0"},
        {"cidr_ipv4": "10.20.0.0/16"},
        {"cidr_ipv6": "::/0"},
        {"prefix_list_id": "pl-0123"},
        {"prefix_list_id": "${data.aws_ec2_managed_prefix_list.evil.id}"},
        {"referenced_security_group_id": "sg-0123"},
        {},
    ],
)
def test_a_function_inside_gets_out_to_groups_and_s3_alone(peer: Any) -> None:
    layers = of_prod()
    workflows = layers["workflows"]
    workflows["data"]["aws_ec2_managed_prefix_list"]["evil"] = {"name": "evil.s3"}
    group, _ = named(layers, "workflows", "aws_security_group", "load")
    rule = {"security_group_id": f"${{aws_security_group.{group}.id}}", "ip_protocol": "tcp"} | peer
    workflows["resource"]["aws_vpc_security_group_egress_rule"]["evil"] = rule
    (line,) = unvouched_functions(layers, ENV)
    assert line.startswith("workflows/aws_vpc_security_group_egress_rule.evil: lets workflows/aws_lambda_function.load")
