"""Merger of all layers into one configuration that resolves references between layers, for checks along references.

The originals are never changed. In the copy every name is "<layer>__<name>", which keeps addresses unique and maps
them back; keys that checkov can't parse are left out; remote-state references become the producer's own expression.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from terraform_json.blocks import NEEDS, NOTES, Config, listed, named, nested_block
from terraform_json.references import CROSS_STACK, REMOTE_OUTPUT, REMOTE_STATE, RESOURCE, expression, remote_output

_SEPARATOR = "__"


@dataclass(frozen=True)
class Merged:
    """Layers as one configuration; `addresses` maps each "type.merged_name" to "layer/type.name", data with "data.".

    `needs` are the requests that constructs declare, from the layers' notes.
    """

    config: dict[str, Any]
    addresses: dict[str, str]
    problems: tuple[str, ...]
    needs: tuple[Mapping[str, Any], ...] = ()


def merge(layers: Mapping[str, Config]) -> Merged:
    """Merge the configurations of all layers, given by layer."""
    joiner = _Joiner(layers)
    config: dict[str, Any] = {"provider": {}, "resource": {}, "data": {}, "output": {}}
    addresses: dict[str, str] = {}
    needs: list[Mapping[str, Any]] = []
    for layer, source in layers.items():
        told = nested_block(source.get(NOTES)).get(NEEDS)
        if told is not None and not isinstance(told, Mapping):
            joiner.problems.append(f"{layer}: its notes hold needs that are no object")
        for _, declared in named(told):
            needs += (joiner.value(layer, each) for each in listed(declared))
        for section, prefix in (("resource", ""), ("data", "data.")):
            for kind, bodies in named(source.get(section)):
                for name, body in named(bodies):
                    merged = f"{layer}{_SEPARATOR}{name}"
                    config[section].setdefault(kind, {})[merged] = joiner.value(layer, _without_notes(body))
                    addresses[f"{prefix}{kind}.{merged}"] = f"{layer}/{prefix}{kind}.{name}"
        for name, body in named(source.get("output")):
            config["output"][f"{layer}{_SEPARATOR}{name}"] = joiner.value(layer, body)
        for kind, blocks in named(source.get("provider")):
            for block in listed(blocks):
                config["provider"].setdefault(kind, []).append(_aliased(layer, joiner.value(layer, block)))
    return Merged(config, addresses, tuple(dict.fromkeys(joiner.problems)), tuple(needs))


class _Joiner:
    """Rewriter of a layer's strings: names first, then remote-state references."""

    def __init__(self, layers: Mapping[str, Config]) -> None:
        self.problems: list[str] = []
        self._declared = {layer: _declared(config) for layer, config in layers.items()}
        self._outputs = {layer: dict(named(config.get("output"))) for layer, config in layers.items()}

    def value(self, layer: str, value: Any, depth: int = 0) -> Any:
        if isinstance(value, dict):
            return {key: self._entry(layer, key, item, depth) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(layer, item, depth) for item in value]
        return self._text(layer, value, depth) if isinstance(value, str) else value

    def _entry(self, layer: str, key: str, item: Any, depth: int) -> Any:
        if key == "provider" and isinstance(item, str):
            kind, _, alias = item.partition(".")
            return f"{kind}.{layer}{_SEPARATOR}{alias or 'default'}"
        return self.value(layer, item, depth)

    def _text(self, layer: str, text: str, depth: int) -> Any:
        renamed = RESOURCE.sub(lambda match: self._rename(layer, match), text)
        match = REMOTE_OUTPUT.fullmatch(expression(renamed) or "")
        if match and match["source"].startswith(CROSS_STACK):
            return self._output(match, depth)
        return REMOTE_OUTPUT.sub(lambda match: self._replaced(match, depth), renamed)

    def _rename(self, layer: str, match: re.Match[str]) -> str:
        data, kind, name = match["data"] or "", match["type"], match["name"]
        if (data, kind, name) not in self._declared[layer]:
            return match.group()
        if kind == REMOTE_STATE and name.startswith(CROSS_STACK):
            return match.group()
        return f"{data}{kind}.{layer}{_SEPARATOR}{name}"

    def _replaced(self, match: re.Match[str], depth: int) -> str:
        return _inside(self._output(match, depth)) if match["source"].startswith(CROSS_STACK) else match.group()

    def _output(self, match: re.Match[str], depth: int) -> Any:
        read = remote_output(match)
        producer, name = read.stack, read.output
        output = self._outputs.get(producer, {}).get(name)
        if not isinstance(output, dict) or "value" not in output or depth > len(self._outputs):
            self.problems.append(f"{producer}: output {name!r} is read by another layer but nothing produces it")
            return match.group()
        return self.value(producer, output["value"], depth + 1)


def _inside(value: Any) -> str:
    """Value as it reads inside an expression."""
    whole = expression(value) if isinstance(value, str) else None
    return whole or json.dumps(value)


def _declared(config: Config) -> frozenset[tuple[str, str, str]]:
    return frozenset(
        (prefix, kind, name)
        for section, prefix in (("resource", ""), ("data", "data."))
        for kind, bodies in named(config.get(section))
        for name, _ in named(bodies)
    )


def _without_notes(body: Any) -> Any:
    return {key: value for key, value in body.items() if key != NOTES} if isinstance(body, dict) else body


def _aliased(layer: str, provider: Any) -> Any:
    if not isinstance(provider, dict):
        return provider
    return {**provider, "alias": f"{layer}{_SEPARATOR}{provider.get('alias', 'default')}"}
