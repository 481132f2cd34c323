"""What a layer reads from other layers' states."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.errors import ExitCode, SitechatError
from pipeline.layers import Layer

REFERENCE = re.compile(r"data\.terraform_remote_state\.([\w-]+)\.outputs\.([\w-]+)")


def strings(value: Any) -> Iterator[str]:
    """Every string inside plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, Sequence):
        for each in value:
            yield from strings(each)


def sources(layer: Layer, layers: Sequence[Layer]) -> dict[str, str]:
    """For each `terraform_remote_state` of `layer`: the layer whose state it is, found by bucket and key."""
    owners = {(each.backend.get("bucket"), each.backend.get("key")): each.name for each in layers}
    found = {}
    for name, block in layer.config.get("data", {}).get("terraform_remote_state", {}).items():
        settings = block.get("config", {})
        owner = owners.get((settings.get("bucket"), settings.get("key")))
        if owner is None:
            raise SitechatError(
                f"{layer.name} reads the state {settings.get('key')!r}, which no layer of this environment writes",
                code=ExitCode.FAILED,
            )
        found[name] = owner
    return found


def reads(layer: Layer, layers: Sequence[Layer]) -> dict[str, tuple[str, ...]]:
    """The outputs `layer` reads, by upstream layer, sorted."""
    owners = sources(layer, layers)
    found: dict[str, set[str]] = {owner: set() for owner in owners.values()}
    for text in strings(layer.config):
        for name, output in REFERENCE.findall(text):
            found[owners[name]].add(output)
    return {owner: tuple(sorted(names)) for owner, names in found.items()}
