"""Look at the state of every layer, and at states in the bucket that no layer of the configuration owns."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.recovery.looked import Looked
from pipeline.recovery.state_objects import STATE, StateStore, VersionEntry, layer_of
from pipeline.recovery.stored_states import ERRORED, Look, StateCopy, StateFinding, judge
from pipeline.session import Session
from pipeline.synth.layers import Layer, Synthesis
from terraform_json.state import managed_addresses

ERRORED_FILE = "errored.tfstate"
# Versions that are read where something is wrong, the newest first.
MOST_VERSIONS = 50
# Terraform writes the digest after the object: between the two a state only looks damaged.
SETTLING_SECONDS = 1


@dataclass(frozen=True)
class StrayState:
    """A state with resources that no layer of the configuration owns; `place` is its key, or the file of one."""

    place: str
    resources: int


@dataclass(frozen=True)
class StatesSeen:
    """The states of an environment by layer, and what is wrong with them.

    Where a copy takes the place of the stored state, that copy counts. `unclear` are layers of which nobody can tell
    yet what they know; `others` are states of no layer.
    """

    states: Mapping[str, Mapping[str, Any]]
    findings: tuple[StateFinding, ...]
    strays: tuple[StrayState, ...]
    unclear: frozenset[str]
    others: tuple[Mapping[str, Any], ...]


def look_at_states(session: Session, synthesis: Synthesis, keys: Collection[str], looked: Looked) -> StatesSeen:
    """Look at every layer's state. `keys` are the objects in the state bucket; failures are noted in `looked`."""
    store, state = StateStore.of(session), session.env.state_backend
    versions: dict[str, list[VersionEntry]] = {}
    with looked.at("versions of states"):
        versions = store.versions(f"{state.project}/{state.env}/")
    layers = [layer for layer in synthesis.layers if layer.backend]
    with ThreadPoolExecutor(max(1, len(layers))) as pool:
        looks = list(pool.map(lambda layer: _look(session, store, layer, versions, looked), layers))
    seen = {look.layer: look for look in looks if look is not None}
    findings = tuple(found for look in seen.values() if (found := judge(look)) is not None)
    by_layer = {each.layer: each for each in findings}
    states: dict[str, Mapping[str, Any]] = {}
    for name, look in seen.items():
        copy = by_layer[name].best if name in by_layer else look.stored
        if copy is not None and copy.state is not None:
            states[name] = copy.state
    unread = {layer.name for layer in layers} - seen.keys()
    unclear = unread | {each.layer for each in findings if each.chosen is None}
    strays, others = stray_states(store, synthesis, keys, looked)
    files = tuple(_stray_files(session, synthesis))
    return StatesSeen(states, findings, (*strays, *files), frozenset(unclear), tuple(others))


def _look(
    session: Session, store: StateStore, layer: Layer, versions: Mapping[str, list[VersionEntry]], looked: Looked
) -> Look | None:
    """Look at one layer; None when its state can't be read."""
    key = str(layer.backend["key"])
    with looked.at(f"the state of {layer.name} ({key})"):
        content = store.read(key)
        digest = store.digest(key) if store.keeps_digests else None
        stored = None if content is None else StateCopy("", content)
        if digest is not None and digest != (stored.md5 if stored else ""):
            time.sleep(SETTLING_SECONDS)
            content, digest = store.read(key), store.digest(key)
            stored = None if content is None else StateCopy("", content)
        entries = versions.get(key, [])
        newest = next((each for each in entries if each.latest), None)
        if stored is not None:
            name, when = (newest.id, newest.time) if newest else ("null", "")
            stored = replace(stored, name=name, time=when, stored=True)
        path = session.work.terraform(session.env.name) / layer.name / ERRORED_FILE
        errored = StateCopy(ERRORED, path.read_bytes()) if path.is_file() else None
        look = Look(
            layer.name,
            key,
            stored,
            digest=digest,
            marker=f"delete marker {newest.id} of {newest.time}" if newest and newest.marker else "",
            errored=errored,
            errored_path=path if errored else None,
            noted=_noted(session, layer.name),
        )
        earlier = [each for each in entries if not each.marker and not (each.latest and stored is not None)]
        if stored is not None and stored.state is not None and digest in (None, stored.md5):
            # The one before tells whether somebody set the state back; a damaged one tells nothing.
            return replace(look, versions=tuple(_read(store, key, earlier, look, one=True)))
        return replace(look, versions=tuple(_read(store, key, earlier, look)))
    return None


def _read(
    store: StateStore, key: str, entries: Collection[VersionEntry], look: Look, *, one: bool = False
) -> Iterator[StateCopy]:
    """Versions with their content, until `one` is whole; a version that a lifecycle rule took meanwhile is left out."""
    for entry in list(entries)[:MOST_VERSIONS]:
        content = store.read(key, entry.id)
        if content is not None:
            copy = StateCopy(entry.id, content, entry.time)
            yield copy
            if one and copy.state is not None:
                return


def stray_states(
    store: StateStore, synthesis: Synthesis, keys: Collection[str], looked: Looked
) -> tuple[list[StrayState], list[Mapping[str, Any]]]:
    """States in the bucket that no layer owns: those with resources, and all that can be read."""
    owned = {layer.backend.get("key") for layer in synthesis.layers}
    strays: list[StrayState] = []
    others: list[Mapping[str, Any]] = []
    for key in keys:
        if not key.endswith(STATE) or key in owned:
            continue
        with looked.at(f"the state of {layer_of(key)} ({key}), which no layer of the configuration owns"):
            copy = StateCopy("", store.read(key) or b"")
            if copy.state is None:
                looked.note(f"{key}, which no layer of the configuration owns", "it is no state")
                continue
            others.append(copy.state)
            if number := len(list(managed_addresses(copy.state))):
                strays.append(StrayState(key, number))
    return strays, others


def _stray_files(session: Session, synthesis: Synthesis) -> Iterator[StrayState]:
    """States that were not stored, of layers that the configuration no longer has."""
    names = {layer.name for layer in synthesis.layers}
    for path in sorted(session.work.terraform(session.env.name).glob(f"*/{ERRORED_FILE}")):
        if path.parent.name not in names:
            yield StrayState(str(path), len(StateCopy("", path.read_bytes()).addresses))


def _noted(session: Session, layer: str) -> bool:
    """Whether this machine once saw a state of the layer."""
    path: Path = session.work.applied(session.env.name) / f"{layer}.json"
    try:
        return bool(json.loads(path.read_bytes())["state_sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
