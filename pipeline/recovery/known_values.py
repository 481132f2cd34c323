"""Values of configuration expressions, as far as the states of an environment know them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.synth.layers import Layer, Synthesis
from pipeline.synth.references import state_owners
from terraform_json.blocks import body_at
from terraform_json.references import REMOTE_OUTPUT, TRAVERSAL, remote_output
from terraform_json.references import expression as expression_of
from terraform_json.state import attributes_at, output_values

# A path with one attribute of the resource itself, and nothing inside it.
_ATTRIBUTE = re.compile(r"\.\w+")


@dataclass(frozen=True)
class KnownValues:
    """Values from the states (by layer) and the configuration of an environment.

    A resource that no state knows still has the attributes that the configuration sets literally, such as its name.
    """

    synthesis: Synthesis
    states: Mapping[str, Mapping[str, Any]]

    def of(self, layer: Layer, expression: Any) -> str | None:
        """The value of a constant, of a resource's or data source's attribute, or of another layer's output.

        None for any other expression, and for a value that no state knows: an import must not rest on a guess.
        """
        if expression is None or isinstance(expression, (Mapping, list)):
            return None
        text = str(expression)
        if "${" not in text:
            return text
        whole = expression_of(text) or ""
        if found := REMOTE_OUTPUT.fullmatch(whole):
            read = remote_output(found)
            owner = state_owners(layer, self.synthesis.layers).get(read.source, "")
            return _text_or_none(output_values(self.states.get(owner)).get(read.output))
        found = TRAVERSAL.fullmatch(whole)
        if found and _ATTRIBUTE.fullmatch(found["path"]):
            return self._attribute(layer, f"{found['data'] or ''}{found['type']}.{found['name']}", found["path"][1:])
        return None

    def _attribute(self, layer: Layer, address: str, attribute: str) -> str | None:
        stored = attributes_at(self.states.get(layer.name, {}), address)
        if stored is not None:
            return _text_or_none(stored.get(attribute))
        configured = None if address.startswith("data.") else body_at(layer.config, address).get(attribute)
        return None if "${" in str(configured) else _text_or_none(configured)


def _text_or_none(value: Any) -> str | None:
    return str(value) if isinstance(value, (str, int)) and value != "" else None
