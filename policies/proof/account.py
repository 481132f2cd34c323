"""All layers of one environment as one configuration, asked by type and followed along references."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.scan.merge import Merged, merge
from pipeline.scan.model import Source

Body = dict[str, Any]
Layers = Mapping[str, Mapping[str, Any]]
"""Each layer's Terraform JSON by its name."""

_REFERENCE = re.compile(r"(?<![\w.-])(data\.)?(aws_[a-z0-9_]+)\.([\w-]+)")


class Account:
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
        for data, kind, name in _REFERENCE.findall(text):
            if address := self._addresses.get(f"{data}{kind}.{name}"):
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
    merged = merge([Source(name, Path(f"{name}.json"), dict(config), {}, {}) for name, config in layers.items()])
    if merged.problems:
        raise ValueError("; ".join(merged.problems))
    return merged


def listed(value: Any) -> list[Any]:
    """A value as a list: itself, or the one item it is, or nothing."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def block(value: Any) -> Body:
    """The only nested block of a resource, which Terraform JSON writes as an object or as a list of one."""
    found = listed(value)
    return found[0] if found else {}
