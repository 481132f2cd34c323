"""References between resources, across layers, read from the expressions in the synthesised JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pipeline.synth.layers import Layer, Synthesis
from terraform_json.blocks import data_sources, output_value, resources, strings
from terraform_json.references import REMOTE_STATE, RESOURCE, expressions, remote_outputs

# Keys whose references are no use of a resource: order of creation, lifecycle rules, provider, metadata.
_NOT_A_USE = frozenset({"depends_on", "lifecycle", "provider", "//"})


class Address(NamedTuple):
    """Address of a resource; `name` is `type.name`, with `data.` before it for a data source."""

    layer: str
    name: str

    @property
    def type(self) -> str:
        """Resource type."""
        return self.name.removeprefix("data.").split(".", 1)[0]

    @property
    def managed(self) -> bool:
        """False for a data source."""
        return not self.name.startswith("data.")


class References:
    """Reference graph of a synthesis. `of` maps a resource to those it refers to, `users` to those that refer to it.

    Remote states are followed to the producing layer's outputs.
    """

    def __init__(self, synthesis: Synthesis) -> None:
        self._layers = {layer.name: layer for layer in synthesis.layers}
        self.bodies = {address: body for layer in synthesis.layers for address, body in layer_blocks(layer)}
        self._direct = {address: frozenset(self._found(address.layer, body)) for address, body in self.bodies.items()}
        self.of = {address: self._managed(address) for address in self.bodies if address.managed}
        users: dict[Address, set[Address]] = defaultdict(set)
        for source, targets in self.of.items():
            for target in targets:
                users[target].add(source)
        self.users: Mapping[Address, set[Address]] = users

    def _managed(self, address: Address) -> frozenset[Address]:
        """Managed resources that a resource's expressions refer to, directly or through data sources."""
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


def layer_blocks(layer: Layer) -> Iterator[tuple[Address, Mapping[str, Any]]]:
    """Yield every resource and data source of a layer with its body, except remote states."""
    for each in (*resources(layer.config), *data_sources(layer.config)):
        if each.type != REMOTE_STATE:
            yield Address(layer.name, each.address), each.body
