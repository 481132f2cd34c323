"""Backend, providers and remote states are the environment's, to the letter."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from config import environment_names, load
from policies.vouched.dictated import PROVIDER_VERSION, undictated
from tests.support.shared import synthesis

Change = Callable[[dict[str, Any]], None]


def layers(name: str) -> dict[str, dict[str, Any]]:
    """Layers of an environment, free to change."""
    return {layer.name: json.loads(layer.path.read_text()) for layer in synthesis(name).layers}


@pytest.mark.parametrize("name", environment_names())
def test_every_environment_is_as_dictated(name: str) -> None:
    assert list(undictated(layers(name), load(name))) == []


def test_the_release_is_that_of_the_bindings() -> None:
    assert layers("dev")["edge"]["terraform"]["required_providers"]["aws"]["version"] == PROVIDER_VERSION


def provider(**changes: Any) -> Change:
    return lambda edge: edge["provider"]["aws"][0].update(changes)


def backend(**changes: Any) -> Change:
    return lambda edge: edge["terraform"]["backend"]["s3"].update(changes)


def remote(**changes: Any) -> Change:
    return lambda edge: edge["data"]["terraform_remote_state"]["cross-stack-reference-input-service"].update(changes)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (backend(bucket="attacker"), "edge: terraform.backend.s3.bucket must be"),
        (backend(encrypt=False), "edge: terraform.backend.s3.encrypt must be True"),
        (backend(encrypt="true"), "edge: terraform.backend.s3.encrypt must be True"),
        (backend(encrypt=1), "edge: terraform.backend.s3.encrypt must be True"),
        (backend(endpoints={}), "edge: terraform.backend.s3.endpoints is not the environment's"),
        (lambda edge: edge["terraform"].pop("backend"), "edge: terraform.backend must be"),
        (lambda edge: edge["terraform"].update(backend={"local": {}}), "edge: terraform.backend.local is not"),
        (
            lambda edge: edge["terraform"]["required_providers"].update(null={"source": "null"}),
            "edge: terraform.required_providers.null is not",
        ),
        (provider(region="eu-west-1"), "edge: provider.aws.region must be 'us-east-1'"),
        (provider(allowed_account_ids=["999999999999"]), "edge: provider.aws.allowed_account_ids must be"),
        (provider(allowed_account_ids=[]), "edge: provider.aws.allowed_account_ids must be"),
        (provider(default_tags=[{"tags": {}}]), "edge: provider.aws.default_tags.tags.Project must be"),
        (provider(access_key="x"), "edge: provider.aws.access_key is not the environment's"),
        (provider(alias="global"), "edge: provider.aws has no block without alias"),
        (lambda edge: edge["provider"].update(aws=[]), "edge: provider.aws has no block without alias"),
        (lambda edge: edge["provider"].pop("aws"), "edge: provider.aws has no block without alias"),
        (lambda edge: edge["provider"]["aws"].append({"alias": "evil"}), "with alias 'evil' is none of this layer's"),
        (lambda edge: edge["provider"].update(null=[{}]), "edge: provider.null: aws is the only provider"),
        (remote(backend="http"), "backend must be 's3'"),
        (remote(defaults={"x": 1}), "defaults is not the environment's"),
        (remote(config={"bucket": "attacker"}), "config.bucket must be"),
        (
            lambda edge: edge["data"]["terraform_remote_state"].update({"other": {}}),
            "edge: data.terraform_remote_state.other reads no layer",
        ),
    ],
)
def test_another_value_is_refused(change: Change, told: str) -> None:
    configs = layers("dev")
    change(configs["edge"])
    assert any(told in line for line in undictated(configs, load("dev")))


@pytest.mark.parametrize("other", ["prod", "staging"])
def test_the_layers_of_another_environment_are_refused(other: str) -> None:
    assert any("terraform.backend.s3.key" in line for line in undictated(layers(other), load("dev")))


def test_a_value_that_could_be_a_secret_is_not_shown() -> None:
    configs = layers("dev")
    provider(secret_key="hunter2", access_key="hunter2")(configs["edge"])
    assert "hunter2" not in "".join(undictated(configs, load("dev")))
