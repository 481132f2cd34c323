"""A copy of a layer's configuration that can be planned although what it reads from other layers doesn't exist yet."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from config.place import Place
from pipeline.planning.placeholders import Placeholders
from pipeline.planning.waves import Settled
from pipeline.synth.layers import Layer
from pipeline.synth.references import state_owners
from terraform_json.references import REMOTE_OUTPUT, REMOTE_STATE, remote_output

Resolve = Callable[[str, str], Any]


def resolver(layers: Sequence[Layer], settled: Mapping[str, Settled], place: Place) -> Resolve:
    """A function (upstream layer, output) -> value: what the plan already knows, else what the state holds, else a
    placeholder."""
    by_name = {layer.name: layer for layer in layers}

    def resolve(upstream: str, output: str) -> Any:
        known = settled[upstream]
        if output in known.known:
            return known.known[output]
        if known.tells(output):
            return known.outputs[output]
        layer = by_name[upstream]
        owners = state_owners(layer, layers)
        return Placeholders(layer.config, place, lambda name, each: resolve(owners[name], each)).output(output)

    return resolve


def preview_config(layer: Layer, layers: Sequence[Layer], resolve: Resolve) -> dict[str, Any]:
    """`layer`'s configuration with a local backend and every remote output replaced by a local value."""
    config = copy.deepcopy(layer.config)
    config["terraform"] = {**config.get("terraform", {}), "backend": {"local": {"path": "terraform.tfstate"}}}
    data = dict(config.get("data", {}))
    data.pop(REMOTE_STATE, None)
    config.pop("data", None)
    if data:
        config["data"] = data
    owners = state_owners(layer, layers)
    values: dict[str, Any] = {}

    def local(match: re.Match[str]) -> str:
        read = remote_output(match)
        key = re.sub(r"[^\w-]", "_", f"preview_{owners[read.source]}_{read.output}")
        values[key] = resolve(owners[read.source], read.output)
        return f"local.{key}"

    config = {key: _replaced(value, local) for key, value in config.items()}
    if values:
        config["locals"] = {**config.get("locals", {}), **{key: _literal(value) for key, value in values.items()}}
    return config


def _replaced(value: Any, local: Callable[[re.Match[str]], str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _replaced(each, local) for key, each in value.items()}
    if isinstance(value, list):
        return [_replaced(each, local) for each in value]
    return REMOTE_OUTPUT.sub(local, value) if isinstance(value, str) else value


def _literal(value: Any) -> Any:
    """A value as Terraform JSON: strings are templates there, so what looks like an interpolation is escaped."""
    if isinstance(value, str):
        return value.replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, Mapping):
        return {key: _literal(each) for key, each in value.items()}
    return [_literal(each) for each in value] if isinstance(value, list) else value
