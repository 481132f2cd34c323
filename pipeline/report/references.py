"""Which resource refers to which, across layers: read from the expressions in the synthesised JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pipeline.synth.layers import Layer, Synthesis
from terraform_json.blocks import data_sources, output_value, resources, strings
from terraform_json.references import REMOTE_STATE, RESOURCE, expressions, remote_outputs

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
        for expression in (each for text in strings(value, without=_NOT_A_USE) for each in expressions(text)):
            for match in RESOURCE.finditer(expression):
                address = Address(layer, match.group())
                if address in self.bodies:
                    yield address
            for read in remote_outputs(expression):
                if read.stack in self._layers:
                    yield from self._found(read.stack, output_value(self._layers[read.stack].config, read.output))


def blocks(layer: Layer) -> Iterator[tuple[Address, Mapping[str, Any]]]:
    """Every resource and data source of a layer with its body, remote states left out."""
    for each in (*resources(layer.config), *data_sources(layer.config)):
        if each.type != REMOTE_STATE:
            yield Address(layer.name, each.address), each.body
