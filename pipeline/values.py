"""What an expression of the configuration stands for, as far as the states of an environment know it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.bundle.references import sources
from pipeline.layers import Layer, Synthesis

OWN = re.compile(r"\$\{(?P<data>data\.)?(?P<type>aws_\w+)\.(?P<name>[\w-]+)\.(?P<attribute>\w+)\}")
REMOTE = re.compile(r"\$\{data\.terraform_remote_state\.(?P<source>[\w-]+)\.outputs\.(?P<output>[\w-]+)\}")


@dataclass(frozen=True)
class Values:
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
        if found := OWN.fullmatch(text):
            return self._attribute(
                layer, "data" if found["data"] else "managed", *found.group("type", "name", "attribute")
            )
        if found := REMOTE.fullmatch(text):
            owner = sources(layer, self.synthesis.layers).get(found["source"], "")
            return _text(self.states.get(owner, {}).get("outputs", {}).get(found["output"], {}).get("value"))
        return None

    def _attribute(self, layer: Layer, mode: str, kind: str, name: str, attribute: str) -> str | None:
        for resource in self.states.get(layer.name, {}).get("resources", ()):
            if (resource.get("mode"), resource.get("type"), resource.get("name")) == (mode, kind, name):
                instances = resource.get("instances") or [{}]
                return _text(instances[0].get("attributes", {}).get(attribute))
        said = (
            layer.config.get("resource", {}).get(kind, {}).get(name, {}).get(attribute) if mode == "managed" else None
        )
        return None if "${" in str(said) else _text(said)


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, (str, int)) and value != "" else None
