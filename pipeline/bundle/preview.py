"""A copy of a layer's configuration that can be planned although what it reads from other layers doesn't exist yet."""

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipeline.bundle.arns import Place
from pipeline.bundle.placeholders import Placeholders
from pipeline.bundle.references import REFERENCE, sources
from pipeline.bundle.waves import Settled
from pipeline.layers import Layer

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
        owners = sources(layer, layers)
        return Placeholders(layer.config, place, lambda name, each: resolve(owners[name], each)).output(output)

    return resolve


def preview_config(layer: Layer, layers: Sequence[Layer], resolve: Resolve) -> dict[str, Any]:
    """`layer`'s configuration with a local backend and every remote output replaced by a local value."""
    config = copy.deepcopy(layer.config)
    config["terraform"] = {**config.get("terraform", {}), "backend": {"local": {"path": "terraform.tfstate"}}}
    data = dict(config.get("data", {}))
    data.pop("terraform_remote_state", None)
    config.pop("data", None)
    if data:
        config["data"] = data
    owners = sources(layer, layers)
    values: dict[str, Any] = {}

    def local(match: re.Match[str]) -> str:
        key = re.sub(r"[^\w-]", "_", f"preview_{owners[match.group(1)]}_{match.group(2)}")
        values[key] = resolve(owners[match.group(1)], match.group(2))
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
    return REFERENCE.sub(local, value) if isinstance(value, str) else value


def _literal(value: Any) -> Any:
    """A value as Terraform JSON: strings are templates there, so what looks like an interpolation is escaped."""
    if isinstance(value, str):
        return value.replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, Mapping):
        return {key: _literal(each) for key, each in value.items()}
    return [_literal(each) for each in value] if isinstance(value, list) else value
