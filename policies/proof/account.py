"""All layers of one environment as one configuration, asked by type and followed along references."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from terraform_json.merged import Merged, merge
from terraform_json.references import RESOURCE

Body = dict[str, Any]
# Each layer's Terraform JSON by its name.
Layers = Mapping[str, Mapping[str, Any]]


class Configuration:
    """Addresses are "layer/type.name", those of data sources "layer/data.type.name"."""

    def __init__(self, layers: Layers | Merged) -> None:
        merged = layers if isinstance(layers, Merged) else _joined(layers)
        self._config = merged.config
        self._addresses = merged.addresses
        self._providers = {block["alias"]: block for block in merged.config["provider"].get("aws", [])}

    def all(self, kind: str) -> dict[str, Body]:
        """Resources of a type by address; data sources with "data." before the type."""
        section, plain = ("data", kind.removeprefix("data.")) if kind.startswith("data.") else ("resource", kind)
        return {self._addresses[f"{kind}.{name}"]: body for name, body in self._config[section].get(plain, {}).items()}

    def everything(self) -> Iterator[tuple[str, str, Body]]:
        """Every resource: type, address, body."""
        for kind in self._config["resource"]:
            yield from ((kind, address, body) for address, body in self.all(kind).items())

    def follow(self, value: Any) -> str | None:
        """The address a value refers to; None for a literal."""
        return next(self.mentioned(value), None) if isinstance(value, str) else None

    def mentioned(self, text: str) -> Iterator[str]:
        """Every address a text refers to, in whatever expression; a name by itself is no reference."""
        if "${" not in text:
            return
        for match in RESOURCE.finditer(text):
            if match["type"].startswith("aws_") and (address := self._addresses.get(match.group())):
                yield address

    def get(self, address: str) -> Body:
        """The body at an address."""
        layer, _, rest = address.partition("/")
        section = "data" if rest.startswith("data.") else "resource"
        kind, name = rest.removeprefix("data.").split(".", 1)
        body: Body = self._config[section][kind][f"{layer}__{name}"]
        return body

    @property
    def ids(self) -> frozenset[str]:
        """The AWS accounts the providers are bound to."""
        return frozenset(
            str(each) for block in self._providers.values() for each in block.get("allowed_account_ids", ())
        )

    def region(self, address: str) -> str:
        """Where a resource is built, by its provider."""
        layer = address.partition("/")[0]
        alias = str(self.get(address).get("provider", f"aws.{layer}__default")).removeprefix("aws.")
        return str(self._providers[alias]["region"])


def _joined(layers: Layers) -> Merged:
    merged = merge(layers)
    if merged.problems:
        raise ValueError("; ".join(merged.problems))
    return merged
