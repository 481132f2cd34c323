"""Configurations for the proofs: the checked-in environments, and variations with options none of them uses."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from functools import cache
from typing import Any

from backend.ci import CiStack
from backend.stack import BackendStack
from config import Environment, load
from config.sections.ingestion import IngestionSource
from policies.proof.configuration import Configuration
from tests.support.environments import NAMES, varied
from tests.support.shared import environment
from tests.support.synthesised import layers, synthesise

EUROPE = {
    "region": "eu-central-1",
    "network__availability_zones": ("eu-central-1a", "eu-central-1b"),
    "bedrock__model_id": "eu.amazon.nova-lite-v1:0",
    "bedrock__destination_regions": ("eu-central-1", "eu-west-1", "eu-west-3"),
}
EXISTING = {
    "network__vpc_id": "vpc-0123456789abcdef0",
    "network__cidr": "172.31.0.0/16",
    "network__public_subnet_ids": ("subnet-00000000000000001", "subnet-00000000000000002"),
    "network__private_subnet_ids": ("subnet-00000000000000003", "subnet-00000000000000004"),
}
SITE = IngestionSource(name="site", kind="sitemap", address="https://www.example.com/sitemap.xml")
FILES = IngestionSource(
    name="files", kind="files", bucket="of-ours", prefix="public/", base_address="https://www.example.com/files/"
)
VARIATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "endpoints": (
        "dev",
        {
            "network__egress": "endpoints",
            "service__execute_command": True,
            "monitoring__alarm_emails": ("oncall@example.com",),
            "bedrock__invocation_logging": "own",
            "bedrock__application_profile": True,
            "monitoring__transaction_search": "own",
        },
    ),
    "shifted": ("prod", {"deployment__strategy": "canary"}),
    "nat": ("dev", {"network__egress": "nat_gateway"}),
    "connected": (
        "dev",
        {"service__service_connect": True, "service__cpu": 512, "service__tls_to_task": False},
    ),
    "plain": (
        "dev",
        {
            "edge__enabled": False,
            "search__enabled": False,
            "ingestion__sources": (),
            "bedrock__guardrail": False,
            "budget__enabled": False,
        },
    ),
    "ingestion": (
        "dev",
        {
            "ingestion__schedule": "rate(1 day)",
            "ingestion__check_passages": True,
            "ingestion__sources": (SITE, FILES),
        },
    ),
    "europe": ("prod", EUROPE),
    "existing": ("dev", EXISTING),
    "existing, private": ("dev", {**EXISTING, "network__egress": "endpoints"}),
}
ALL = (*NAMES, *VARIATIONS)
REPOSITORY = "acme/site-chat"
CI_ACCOUNT = "222222222222"
Configs = dict[str, dict[str, Any]]
Break = Callable[[Configs], object]


@cache
def settings(name: str) -> Environment:
    """Settings behind a name of `ALL`."""
    if name not in VARIATIONS:
        return load(name)
    base, changes = VARIATIONS[name]
    return varied(base, **changes)


@cache
def _texts(name: str) -> dict[str, str]:
    found = environment(name) if name in NAMES else layers(settings(name))
    return {layer: json.dumps(template.config) for layer, template in found.items()}


@cache
def configuration(name: str) -> Configuration:
    """Configuration of an environment, unchanged."""
    return Configuration(copied(name))


@cache
def backend(name: str) -> Configuration:
    """Configuration of the stack with the remote state, which is no layer of an environment."""
    found = synthesise(lambda app: BackendStack(app, "backend", settings(name)))
    return Configuration({layer: template.config for layer, template in found.items()})


@cache
def _ci_text(name: str) -> str:
    env = varied(name, account_id=CI_ACCOUNT, ci__repository=REPOSITORY)
    return json.dumps(synthesise(lambda app: CiStack(app, "ci", env))["ci"].config)


def ci(name: str, change: Break = lambda configs: None) -> Configuration:
    """Configuration of an environment's CI roles, with one thing changed in a copy."""
    configs: Configs = {"ci": json.loads(_ci_text(name))}
    change(configs)
    return Configuration(configs)


@cache
def environment_with_ci(name: str) -> Configuration:
    """Layers of an environment that has a CI, together with the CI's roles and boundaries."""
    env = varied(name, account_id=CI_ACCOUNT, ci__repository=REPOSITORY)
    found = {layer: template.config for layer, template in layers(env).items()}
    return Configuration(found | {"ci": json.loads(_ci_text(name))})


def copied(name: str, *, without: Collection[str] = ()) -> Configs:
    """Layers of an environment as a copy, free to change."""
    return {layer: json.loads(text) for layer, text in _texts(name).items() if layer not in without}


def broken(name: str, change: Break, *, without: Collection[str] = ()) -> Configuration:
    """Configuration of an environment with one thing changed in a copy."""
    configs = copied(name, without=without)
    change(configs)
    return Configuration(configs)


def resource(configs: Configs, layer: str, kind: str, name: str) -> dict[str, Any]:
    """Body of the only resource of a type in a layer whose name begins with `name`."""
    found = [body for key, body in configs[layer]["resource"][kind].items() if key.startswith(name)]
    assert len(found) == 1, f"{layer}/{kind}.{name}*: {len(found)} found"
    body: dict[str, Any] = found[0]
    return body


def statement(configs: Configs, layer: str, document: str, sid: str) -> dict[str, Any]:
    """Statement `sid` of the only policy document of a layer whose name begins with `document`."""
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
