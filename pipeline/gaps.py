"""What the configuration has and the state of its layer doesn't know."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.layers import Layer, Synthesis


@dataclass(frozen=True)
class Gap:
    """A resource of the configuration that its layer's state doesn't know."""

    layer: Layer
    address: str

    @property
    def type(self) -> str:
        """The first half of its address."""
        return self.address.partition(".")[0]

    @property
    def block(self) -> Mapping[str, Any]:
        """What the configuration says of it."""
        kind, _, name = self.address.partition(".")
        return dict(self.layer.config["resource"][kind][name])


def gaps(synthesis: Synthesis, known: Mapping[str, Collection[str]]) -> Iterator[Gap]:
    """All of them. `known` are the addresses in each layer's state."""
    for layer in synthesis.layers:
        for address in layer.resources:
            if address not in known.get(layer.name, ()):
                yield Gap(layer, address)
