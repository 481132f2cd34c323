"""References from one layer into another, followed to what is built."""

from __future__ import annotations

from collections.abc import Mapping

from policies.vouched.expressions import PLAIN
from terraform_json.blocks import Config, output_value
from terraform_json.references import CROSS_STACK, REMOTE_STATE


class Outputs:
    """Outputs of all layers, for references to them."""

    def __init__(self, layers: Mapping[str, Config]) -> None:
        self._layers = layers

    def owner(self, layer: str, text: str, attribute: str) -> str:
        """Layer and address ("layer/type.name") whose `attribute` a plain reference stands for; else nothing."""
        match = PLAIN.fullmatch(text)
        if match and match["type"] == REMOTE_STATE:
            layer = match["name"].removeprefix(CROSS_STACK)
            value = output_value(self._layers.get(layer, {}), match["path"].removeprefix("outputs."))
            match = PLAIN.fullmatch(value) if isinstance(value, str) else None
        return f"{layer}/{match['address']}" if match and match["path"] == attribute else ""

    def address(self, layer: str, text: str, attribute: str) -> str:
        """The same without the layer."""
        return self.owner(layer, text, attribute).partition("/")[2]
