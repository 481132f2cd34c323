"""Blocks of a Terraform JSON configuration: resources, data sources, providers, and what is nested in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Config = Mapping[str, Any]
Body = Mapping[str, Any]

# cdktf's notes (construct path, stack name) stand under this key at every level.
NOTES = "//"
# Under a layer's notes: the requests that have to succeed, by the path of the construct that declares them.
NEEDS = "needs"


class ResourceBlock(NamedTuple):
    """One resource or data source of a configuration."""

    type: str
    name: str
    body: Body
    data: bool = False

    @property
    def address(self) -> str:
        """Address as Terraform writes it: "type.name", with "data." before a data source."""
        return f"{'data.' if self.data else ''}{self.type}.{self.name}"


def resources(config: Config) -> Iterator[ResourceBlock]:
    """Managed resources, in the order of the file."""
    return _blocks(config, "resource")


def data_sources(config: Config) -> Iterator[ResourceBlock]:
    """Data sources, in the order of the file."""
    return _blocks(config, "data")


def named(section: Any) -> Iterator[tuple[str, Any]]:
    """Entries of an object without cdktf's notes; none of what is no object."""
    if isinstance(section, Mapping):
        yield from ((key, value) for key, value in section.items() if key != NOTES)


def body_at(config: Config, address: str) -> Body:
    """Body of the resource or data source at `address`; empty where there is none."""
    section = "data" if address.startswith("data.") else "resource"
    kind, _, name = address.removeprefix("data.").partition(".")
    found = config.get(section, {}).get(kind, {}).get(name, {})
    # Terraform also reads a list of one body.
    body: Body = found[0] if isinstance(found, list) and found else found or {}
    return body


def nested_block(value: Any) -> Body:
    """Nested block, which Terraform JSON writes as an object or as a list of one; empty where there is none."""
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, Mapping) else {}


def listed(value: Any) -> list[Any]:
    """Value as a list: itself, the one item it is, or nothing."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def strings(value: Any, *, without: frozenset[str] = frozenset()) -> Iterator[str]:
    """Every string inside plain data, keys left out, and what stands under the keys `without`."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key not in without:
                yield from strings(item, without=without)
    elif isinstance(value, Sequence):
        for item in value:
            yield from strings(item, without=without)


def output_value(config: Config, name: str) -> Any:
    """Expression of an output; None for an output that the configuration lacks."""
    return nested_block(config.get("output", {}).get(name)).get("value")


def provider_region(config: Config, alias: str = "") -> str | None:
    """Region of the AWS provider with an alias, or of the one without; None where it isn't written in so many words."""
    for provider in listed(config.get("provider", {}).get("aws")):
        if provider.get("alias", "") == alias:
            region = str(provider.get("region", ""))
            return region if region and "${" not in region else None
    return None


def provider_regions(config: Config) -> set[str]:
    """Regions of all AWS providers."""
    return {each["region"] for each in listed(config.get("provider", {}).get("aws")) if "region" in each}


def provider_versions(config: Config) -> dict[str, str]:
    """Required version of each provider by its local name."""
    required = config.get("terraform", {}).get("required_providers", {})
    return {name: str(provider.get("version", "")) for name, provider in required.items()}


def _blocks(config: Config, section: str) -> Iterator[ResourceBlock]:
    for kind, bodies in named(config.get(section)):
        for name, body in named(bodies):
            yield ResourceBlock(kind, name, body, data=section == "data")
