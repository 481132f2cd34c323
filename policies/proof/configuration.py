"""Configuration of one environment: all layers merged, with look-ups by type and along references."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from terraform_json.blocks import Body, strings
from terraform_json.merged import Merged, merge
from terraform_json.references import RESOURCE

# Terraform JSON of each layer by the layer's name.
Layers = Mapping[str, Mapping[str, Any]]


# Layers that are applied before a layer, by its name.
LayerOrder = Mapping[str, Collection[str]]


class Configuration:
    """Resources and data sources by address: "layer/type.name", or "layer/data.type.name" for a data source.

    `order` names the layers that each layer comes directly after; without it any two layers count as ordered.
    """

    def __init__(self, layers: Layers | Merged, order: LayerOrder | None = None) -> None:
        merged = layers if isinstance(layers, Merged) else _joined(layers)
        self._config = merged.config
        self._addresses = merged.addresses
        # Requests that constructs declare (policies/needs).
        self.needs = merged.needs
        self._order = order
        self._providers = {block["alias"]: block for block in merged.config["provider"].get("aws", [])}

    def all(self, kind: str) -> dict[str, Body]:
        """Bodies of a resource type by address; with "data." before the type, those of a data source."""
        section, plain = ("data", kind.removeprefix("data.")) if kind.startswith("data.") else ("resource", kind)
        return {self._addresses[f"{kind}.{name}"]: body for name, body in self._config[section].get(plain, {}).items()}

    def everything(self) -> Iterator[tuple[str, str, Body]]:
        """Type, address and body of every resource."""
        for kind in self._config["resource"]:
            yield from ((kind, address, body) for address, body in self.all(kind).items())

    def blocks(self) -> Iterator[tuple[str, Body]]:
        """Address and body of every resource and data source."""
        yield from ((address, body) for _, address, body in self.everything())
        for kind in self._config["data"]:
            yield from self.all(f"data.{kind}").items()

    def direct(self, address: str) -> frozenset[str]:
        """Addresses that Terraform builds or reads directly before one: those it refers to, and its `depends_on`."""
        body = self.get(address)
        explicit = (self._addresses.get(str(each)) for each in body.get("depends_on", ()))
        referred = (each for text in strings(body) for each in self.mentioned(text))
        return frozenset(each for each in (*explicit, *referred) if each)

    def comes_after(self, layer: str, other: str) -> bool:
        """Whether a layer is applied after another one, directly or by way of others."""
        if self._order is None:
            return True
        found: set[str] = set()
        waiting = [layer]
        while waiting:
            fresh = set(self._order.get(waiting.pop(), ())) - found
            found |= fresh
            waiting += fresh
        return other in found

    def follow(self, value: Any) -> str | None:
        """Address that a value refers to first; None for a literal."""
        return next(self.mentioned(value), None) if isinstance(value, str) else None

    def mentioned(self, text: str) -> Iterator[str]:
        """Addresses that the expressions of a text refer to; names outside of "${...}" are no references."""
        if "${" not in text:
            return
        for match in RESOURCE.finditer(text):
            if match["type"].startswith("aws_") and (address := self._addresses.get(match.group())):
                yield address

    def get(self, address: str) -> Body:
        """Body of the resource or data source at an address. Raises KeyError where there is none."""
        layer, _, rest = address.partition("/")
        section = "data" if rest.startswith("data.") else "resource"
        kind, name = rest.removeprefix("data.").split(".", 1)
        body: Body = self._config[section][kind][f"{layer}__{name}"]
        return body

    @property
    def account_ids(self) -> frozenset[str]:
        """Ids of the AWS accounts that the providers are bound to (`allowed_account_ids`)."""
        return frozenset(
            str(each) for block in self._providers.values() for each in block.get("allowed_account_ids", ())
        )

    @property
    def home_region(self) -> str:
        """Region that most providers are of; empty without any."""
        regions = [str(block.get("region", "")) for block in self._providers.values()]
        return max(sorted(set(regions)), key=regions.count, default="")

    def region(self, address: str) -> str:
        """Region of the provider that builds a resource."""
        return str(self._provider(address)["region"])

    def default_tags(self, address: str) -> Any:
        """Tags that the provider of a resource adds to it; None without any."""
        return self._provider(address).get("default_tags")

    def _provider(self, address: str) -> Body:
        layer = address.partition("/")[0]
        alias = str(self.get(address).get("provider", f"aws.{layer}__default")).removeprefix("aws.")
        provider: Body = self._providers[alias]
        return provider


def _joined(layers: Layers) -> Merged:
    merged = merge(layers)
    if merged.problems:
        raise ValueError("; ".join(merged.problems))
    return merged
