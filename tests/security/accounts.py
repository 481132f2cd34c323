"""The environments the proofs look at: the checked-in ones, and choices none of them makes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

from config import Environment, load
from policies.proof.account import Account
from tests.support.environments import NAMES, varied
from tests.support.synthesised import environment, layers

EUROPE = {
    "region": "eu-central-1",
    "network__availability_zones": ("eu-central-1a", "eu-central-1b"),
    "bedrock__model_id": "eu.amazon.nova-lite-v1:0",
    "bedrock__destination_regions": ("eu-central-1", "eu-west-1", "eu-west-3"),
}
VARIATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "endpoints": (
        "dev",
        {"network__egress": "endpoints", "service__execute_command": True, "bedrock__invocation_logging": "own"},
    ),
    "nat": ("dev", {"network__egress": "nat_gateway"}),
    "europe": ("prod", EUROPE),
}
ALL = (*NAMES, *VARIATIONS)
Configs = dict[str, dict[str, Any]]
Break = Callable[[Configs], None]


@cache
def settings(name: str) -> Environment:
    """The configuration behind a name of `ALL`."""
    if name not in VARIATIONS:
        return load(name)
    base, changes = VARIATIONS[name]
    return varied(base, **changes)


@cache
def _configs(name: str) -> Configs:
    found = environment(name) if name in NAMES else layers(settings(name))
    return {layer: dict(template.config) for layer, template in found.items()}


@cache
def account(name: str) -> Account:
    """The environment as it is."""
    return Account(_configs(name))


def broken(name: str, change: Break) -> Account:
    """The environment with one thing changed in a copy."""
    configs = copy.deepcopy(_configs(name))
    change(configs)
    return Account(configs)


def copied(name: str) -> Configs:
    """The layers of an environment, free to change."""
    return copy.deepcopy(_configs(name))


def resource(configs: Configs, layer: str, kind: str, name: str) -> dict[str, Any]:
    """The only resource of a type in a layer whose name begins so."""
    found = [body for key, body in configs[layer]["resource"][kind].items() if key.startswith(name)]
    assert len(found) == 1, f"{layer}/{kind}.{name}*: {len(found)} found"
    body: dict[str, Any] = found[0]
    return body


def statement(configs: Configs, layer: str, document: str, sid: str) -> dict[str, Any]:
    """One statement of the only policy document of a layer whose name begins so."""
    documents = configs[layer]["data"]["aws_iam_policy_document"]
    found = [
        each
        for name, body in documents.items()
        if name.startswith(document)
        for each in body["statement"]
        if each["sid"] == sid
    ]
    assert len(found) == 1, f"{layer}/{document}* {sid}: {len(found)} found"
    body: dict[str, Any] = found[0]
    return body
