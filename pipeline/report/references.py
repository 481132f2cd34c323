"""Which resource refers to which, across layers: read from the expressions in the synthesised JSON."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pipeline.layers import Layer, Synthesis

_EXPRESSION = re.compile(r"\$\{[^}]*\}")
_REFERENCE = re.compile(
    r"(?<![\w.-])(data\.)?([a-z][a-z0-9]*(?:_[a-z0-9]+)+)\.([A-Za-z_][\w-]*)((?:\.|\[\")[\w.\-\"\[\]]*)?"
)
_REMOTE = "terraform_remote_state"
_REMOTE_PREFIX = "cross-stack-reference-input-"
_REMOTE_OUTPUT = re.compile(r"\.outputs(?:\.|\[\")([\w-]+)")
# An order of creation or a rule about one's own changes says nothing about who uses whom.
_NOT_A_USE = frozenset({"depends_on", "lifecycle", "provider", "//"})


class Address(NamedTuple):
    """`name` is `type.name`, with `data.` before it for a data source."""

    layer: str
    name: str

    @property
    def type(self) -> str:
        return self.name.removeprefix("data.").split(".", 1)[0]

    @property
    def managed(self) -> bool:
        return not self.name.startswith("data.")


class References:
    """The graph of a synthesis. Remote states are followed into the producing layer's outputs."""

    def __init__(self, synthesis: Synthesis) -> None:
        self._layers = {layer.name: layer for layer in synthesis.layers}
        self.bodies = {address: body for layer in synthesis.layers for address, body in blocks(layer)}
        self._direct = {address: frozenset(self._found(address.layer, body)) for address, body in self.bodies.items()}
        self.of = {address: self._managed(address) for address in self.bodies if address.managed}
        users: dict[Address, set[Address]] = defaultdict(set)
        for source, targets in self.of.items():
            for target in targets:
                users[target].add(source)
        self.users: Mapping[Address, set[Address]] = users

    def _managed(self, address: Address) -> frozenset[Address]:
        """The managed resources behind a resource's expressions, data sources being looked through."""
        seen: set[Address] = set()
        waiting = list(self._direct[address])
        while waiting:
            target = waiting.pop()
            if target not in seen:
                seen.add(target)
                waiting.extend(() if target.managed else self._direct[target])
        return frozenset(target for target in seen if target.managed and target != address)

    def _found(self, layer: str, value: Any) -> Iterator[Address]:
        for text in _strings(value):
            for expression in _EXPRESSION.findall(text):
                for match in _REFERENCE.finditer(expression):
                    data, kind, name, rest = match.groups()
                    if kind == _REMOTE:
                        yield from self._remote(name, rest or "")
                        continue
                    address = Address(layer, f"{data or ''}{kind}.{name}")
                    if address in self.bodies:
                        yield address

    def _remote(self, name: str, rest: str) -> Iterator[Address]:
        producer = name.removeprefix(_REMOTE_PREFIX)
        output = _REMOTE_OUTPUT.match(rest)
        if producer in self._layers and output:
            value = self._layers[producer].config.get("output", {}).get(output[1], {}).get("value")
            yield from self._found(producer, value)


def blocks(layer: Layer) -> Iterator[tuple[Address, Mapping[str, Any]]]:
    """Every resource and data source of a layer with its body, remote states left out."""
    for section, prefix in (("resource", ""), ("data", "data.")):
        for kind, named in layer.config.get(section, {}).items():
            if kind == _REMOTE:
                continue
            for name, body in named.items():
                yield Address(layer.name, f"{prefix}{kind}.{name}"), body


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key not in _NOT_A_USE:
                yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
