"""What an expression of the configuration stands for, as far as the states of an environment know it."""

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

# One attribute of the resource itself, and nothing inside it.
_ATTRIBUTE = re.compile(r"\.\w+")


@dataclass(frozen=True)
class KnownValues:
    """The states of an environment, by layer, beside its configuration.

    A resource that no state knows still has what the configuration says of it in so many words, such as its name.
    """

    synthesis: Synthesis
    states: Mapping[str, Mapping[str, Any]]

    def of(self, layer: Layer, expression: Any) -> str | None:
        """A constant, an attribute of a resource or data source, or another layer's output; None for all else.

        None also where the state doesn't know it: what is guessed is no basis for an import.
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
            return _text(output_values(self.states.get(owner)).get(read.output))
        found = TRAVERSAL.fullmatch(whole)
        if found and _ATTRIBUTE.fullmatch(found["path"]):
            return self._attribute(layer, f"{found['data'] or ''}{found['type']}.{found['name']}", found["path"][1:])
        return None

    def _attribute(self, layer: Layer, address: str, attribute: str) -> str | None:
        stored = attributes_at(self.states.get(layer.name, {}), address)
        if stored is not None:
            return _text(stored.get(attribute))
        configured = None if address.startswith("data.") else body_at(layer.config, address).get(attribute)
        return None if "${" in str(configured) else _text(configured)


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, (str, int)) and value != "" else None
