"""Outputs that a layer reads from other layers' states."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.errors import ExitCode, SitechatError
from pipeline.synth.layers import Layer
from terraform_json.blocks import data_sources, strings
from terraform_json.references import REMOTE_STATE, remote_outputs


def state_owners(layer: Layer, layers: Sequence[Layer]) -> dict[str, str]:
    """Layer that writes each `terraform_remote_state` of `layer`, by data source name; found by bucket and key.

    Raises SitechatError (6) for a state that no layer of this environment writes.
    """
    owners = {(each.backend.get("bucket"), each.backend.get("key")): each.name for each in layers}
    found = {}
    for remote in (each for each in data_sources(layer.config) if each.type == REMOTE_STATE):
        settings = remote.body.get("config", {})
        owner = owners.get((settings.get("bucket"), settings.get("key")))
        if owner is None:
            raise SitechatError(
                f"{layer.name} reads the state {settings.get('key')!r}, which no layer of this environment writes",
                code=ExitCode.FAILED,
            )
        found[remote.name] = owner
    return found


def outputs_read(layer: Layer, layers: Sequence[Layer]) -> dict[str, tuple[str, ...]]:
    """Outputs that `layer` reads, by upstream layer, sorted."""
    owners = state_owners(layer, layers)
    found: dict[str, set[str]] = {owner: set() for owner in owners.values()}
    for text in strings(layer.config):
        for read in remote_outputs(text):
            found[owners[read.source]].add(read.output)
    return {owner: tuple(sorted(names)) for owner, names in found.items()}
