"""Preview configuration: a copy of a layer that can be planned before the outputs it reads exist."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from config.place import Place
from pipeline.planning.placeholders import Placeholders
from pipeline.planning.waves import LayerOutputs
from pipeline.synth.layers import Layer
from pipeline.synth.references import state_owners
from terraform_json.references import REMOTE_OUTPUT, REMOTE_STATE, remote_output

# (upstream layer, output) -> value.
Resolve = Callable[[str, str], Any]


def output_resolver(layers: Sequence[Layer], outputs: Mapping[str, LayerOutputs], place: Place) -> Resolve:
    """A function that gives an output's value: from the plan, else from the state, else a placeholder."""
    by_name = {layer.name: layer for layer in layers}

    def resolve(upstream: str, output: str) -> Any:
        known = outputs[upstream]
        if output in known.planned:
            return known.planned[output]
        if known.is_known(output):
            return known.stored[output]
        layer = by_name[upstream]
        owners = state_owners(layer, layers)
        return Placeholders(layer.config, place, lambda name, each: resolve(owners[name], each)).output(output)

    return resolve


def preview_config(layer: Layer, layers: Sequence[Layer], resolve: Resolve) -> dict[str, Any]:
    """The configuration of `layer` with a local backend, and a local value in place of every remote output."""
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

    config = {key: _with_locals(value, local) for key, value in config.items()}
    if values:
        config["locals"] = {
            **config.get("locals", {}),
            **{key: _escape_templates(value) for key, value in values.items()},
        }
    return config


def _with_locals(value: Any, local: Callable[[re.Match[str]], str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _with_locals(each, local) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_locals(each, local) for each in value]
    return REMOTE_OUTPUT.sub(local, value) if isinstance(value, str) else value


def _escape_templates(value: Any) -> Any:
    """Escape interpolations: strings are templates in Terraform JSON, and these values are literal."""
    if isinstance(value, str):
        return value.replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, Mapping):
        return {key: _escape_templates(each) for key, each in value.items()}
    return [_escape_templates(each) for each in value] if isinstance(value, list) else value
