"""Which layers changed since they were last applied, or planned without a change, from this checkout.

A note a layer: hashes of its files, of what it read, of its state and of the tools. Whatever
differs is a reason to plan it; so is a missing note. What somebody changed in AWS itself shows in no note: only a plan
of the layer finds drift.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from pipeline.planning.digests import sha256_of, upstream_digest
from pipeline.session import Session
from pipeline.synth.layers import Layer, Synthesis
from pipeline.synth.references import outputs_read
from pipeline.work import write_private_json
from terraform_json.state import output_values

States = Mapping[str, Mapping[str, Any] | None]


@dataclass(frozen=True)
class AppliedNote:
    """Fingerprint of a layer that was applied, or found without changes. Empty fields: nothing was read, no state."""

    files_sha256: str
    inputs_sha256: str
    state_sha256: str
    tools_sha256: str


# Fields of a note in the words of a reason to plan the layer.
REASONS = {
    "files_sha256": "its files changed",
    "inputs_sha256": "what it reads of other layers changed",
    "state_sha256": "its state changed",
    "tools_sha256": "Terraform or a provider has another version",
}
NEVER = "never applied from here"


def note_applied(session: Session, synthesis: Synthesis, name: str, states: States, tools: Mapping[str, str]) -> None:
    """Remember a layer as it is now: applied, or planned without a change. `states` are its own and its upstreams'."""
    write_private_json(_path(session, name), asdict(_now(synthesis, name, states, tools)))


def forget_applied(session: Session, name: str) -> None:
    """Remove a layer's note, before something is done that may end half-way."""
    _path(session, name).unlink(missing_ok=True)


def reasons_to_plan(session: Session, synthesis: Synthesis, tools: Mapping[str, str]) -> dict[str, str]:
    """Layers that changed since their note, each with the reason, and those that depend on them, in layer order."""
    layers = synthesis.layers
    with ThreadPoolExecutor(len(layers)) as pool:
        states = dict(zip([layer.name for layer in layers], pool.map(session.read_state, layers), strict=True))
    found: dict[str, str] = {}
    for layer in layers:
        reason = _reason(_read_note(session, layer.name), _now(synthesis, layer.name, states, tools))
        upstream = next((up for up, read in outputs_read(layer, layers).items() if read and up in found), None)
        if reason or upstream:
            found[layer.name] = reason or f"depends on {upstream}"
    return found


def _now(synthesis: Synthesis, name: str, states: States, tools: Mapping[str, str]) -> AppliedNote:
    layer = synthesis.layer(name)
    values = {
        upstream: {each: output_values(states.get(upstream)).get(each) for each in outputs}
        for upstream, outputs in outputs_read(layer, synthesis.layers).items()
        if outputs
    }
    state = states.get(name)
    own = sha256_of(state) if state else ""
    return AppliedNote(files_digest(layer), upstream_digest(values), own, sha256_of(dict(tools)))


def files_digest(layer: Layer) -> str:
    """Hash of all files of a layer, with their names."""
    digest = hashlib.sha256()
    for name, path in layer.files.items():
        content = path.read_bytes()
        digest.update(f"{json.dumps(name)} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _reason(before: AppliedNote | None, now: AppliedNote) -> str:
    if before is None:
        return NEVER
    changed = (each.name for each in fields(AppliedNote) if getattr(before, each.name) != getattr(now, each.name))
    return next((REASONS[name] for name in changed), "")


def _read_note(session: Session, name: str) -> AppliedNote | None:
    """Note of a layer; None where there is none that can be read."""
    try:
        return AppliedNote(**json.loads(_path(session, name).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def _path(session: Session, name: str) -> Path:
    return session.work.applied(session.env.name) / f"{name}.json"
