"""Merge the layers into one configuration in which references between layers connect, so that graph checks see them.

The originals are never changed. In the copy every name is "<layer>__<name>", which keeps addresses unique and maps
them back; keys that checkov can't parse are left out; remote-state references become the producer's own expression.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from pipeline.scan.model import Source

REMOTE_STATE = re.compile(r"data\.terraform_remote_state\.cross-stack-reference-input-([\w-]+)\.outputs\.([\w-]+)")
_WHOLE = re.compile(r"^\$\{([^{}]+)\}$")
_REFERENCE = re.compile(r"(?<![\w.-])(data\.)?([a-z][a-z0-9]*_[a-z0-9_]+)\.([A-Za-z_][\w-]*)")
_SEPARATOR = "__"


@dataclass(frozen=True)
class Merged:
    """`config` is Terraform JSON; `addresses` maps each "type.merged_name" to "layer/type.name", data with "data."."""

    config: dict[str, Any]
    addresses: dict[str, str]
    problems: tuple[str, ...]


def merge(sources: list[Source]) -> Merged:
    """One configuration out of all layers."""
    joiner = _Joiner(sources)
    config: dict[str, Any] = {"provider": {}, "resource": {}, "data": {}, "output": {}}
    addresses: dict[str, str] = {}
    for source in sources:
        for section in ("resource", "data"):
            for kind, named in _entries(source.config.get(section)):
                for name, body in _entries(named):
                    merged = f"{source.layer}{_SEPARATOR}{name}"
                    config[section].setdefault(kind, {})[merged] = joiner.value(source.layer, _without_notes(body))
                    prefix = "" if section == "resource" else "data."
                    addresses[f"{prefix}{kind}.{merged}"] = f"{source.layer}/{prefix}{kind}.{name}"
        for name, body in _entries(source.config.get("output")):
            config["output"][f"{source.layer}{_SEPARATOR}{name}"] = joiner.value(source.layer, body)
        for kind, blocks in _entries(source.config.get("provider")):
            for block in blocks if isinstance(blocks, list) else [blocks]:
                config["provider"].setdefault(kind, []).append(
                    _aliased(source.layer, joiner.value(source.layer, block))
                )
    return Merged(config, addresses, tuple(dict.fromkeys(joiner.problems)))


class _Joiner:
    """Rewrites the strings of one layer after another: names first, then remote-state references."""

    def __init__(self, sources: list[Source]) -> None:
        self.problems: list[str] = []
        self._declared = {source.layer: _declared(source.config) for source in sources}
        self._outputs = {source.layer: dict(_entries(source.config.get("output"))) for source in sources}

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
        renamed = _REFERENCE.sub(lambda match: self._rename(layer, match), text)
        whole = _WHOLE.match(renamed)
        if whole and (match := REMOTE_STATE.fullmatch(whole.group(1).strip())):
            return self._output(match, depth)
        return REMOTE_STATE.sub(lambda match: _expression(self._output(match, depth)), renamed)

    def _rename(self, layer: str, match: re.Match[str]) -> str:
        data, kind, name = match.group(1) or "", match.group(2), match.group(3)
        if (data, kind, name) not in self._declared[layer]:
            return match.group(0)
        if kind == "terraform_remote_state" and name.startswith("cross-stack-reference-input-"):
            return match.group(0)
        return f"{data}{kind}.{layer}{_SEPARATOR}{name}"

    def _output(self, match: re.Match[str], depth: int) -> Any:
        producer, name = match.groups()
        output = self._outputs.get(producer, {}).get(name)
        if not isinstance(output, dict) or "value" not in output or depth > len(self._outputs):
            self.problems.append(f"{producer}: output {name!r} is read by another layer but nothing produces it")
            return match.group(0)
        return self.value(producer, output["value"], depth + 1)


def _expression(value: Any) -> str:
    """A value as it reads inside an expression."""
    if isinstance(value, str) and (whole := _WHOLE.match(value)):
        return whole.group(1)
    return json.dumps(value)


def _declared(config: dict[str, Any]) -> frozenset[tuple[str, str, str]]:
    return frozenset(
        (prefix, kind, name)
        for section, prefix in (("resource", ""), ("data", "data."))
        for kind, named in _entries(config.get(section))
        for name, _ in _entries(named)
    )


def _entries(block: Any) -> list[tuple[str, Any]]:
    return [(key, value) for key, value in block.items() if key != "//"] if isinstance(block, dict) else []


def _without_notes(body: Any) -> Any:
    return {key: value for key, value in body.items() if key != "//"} if isinstance(body, dict) else body


def _aliased(layer: str, provider: Any) -> Any:
    if not isinstance(provider, dict):
        return provider
    return {**provider, "alias": f"{layer}{_SEPARATOR}{provider.get('alias', 'default')}"}
