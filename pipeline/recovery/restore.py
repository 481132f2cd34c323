"""Put a copy of a state in the place of the stored one, so that Terraform accepts it.

Killed at any point it leaves what the next look understands: the object is put before its digest, versions are never
deleted, and the file of a state that was not stored is only set aside once that state is in the bucket.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import ExitCode, SitechatError, again
from pipeline.recovery.locks import held_lock
from pipeline.recovery.state_objects import StateStore
from pipeline.recovery.stored_states import EMPTY, StateCopy, StateFinding
from pipeline.session import Session

# Ending of the file of an unstored state once it is stored.
SET_ASIDE = ".stored"


@dataclass(frozen=True)
class Restored:
    """A layer whose state was restored: `source` names the copy, `serial` is the one it is stored with."""

    layer: str
    source: str
    serial: int


def copy_named(session: Session, finding: StateFinding, name: str) -> StateCopy:
    """The copy that `--restore LAYER=NAME` means. Raises SitechatError (2), naming all, for one that isn't there."""
    if name == EMPTY:
        lineage = finding.best.lineage if finding.best else str(uuid.uuid4())
        state = {"version": 4, "terraform_version": "1.11.0", "serial": 0, "lineage": lineage}
        return StateCopy(EMPTY, json.dumps({**state, "outputs": {}, "resources": []}, indent=2).encode())
    found = finding.copy(name)
    if found is None:
        known = ", ".join([*(each.name for each in finding.candidates), EMPTY])
        raise SitechatError(
            f"{finding.layer} has no copy {name!r} of its state", hint=f"There are: {known}.", code=ExitCode.USAGE
        )
    return found


def restore(session: Session, finding: StateFinding, copy: StateCopy, backend: Mapping[str, Any]) -> Restored:
    """Make `copy` the stored state of a layer, under its lock.

    A serial that was seen before is raised above all that were seen: what was planned or left unstored on top of
    another copy is refused from then on. Raises SitechatError: 7 when somebody holds the lock; 5 when what is stored
    has changed since it was looked at; 3, 6 when AWS refuses.
    """
    store = StateStore.of(session)
    content = _content(finding, copy)
    with held_lock(session, finding.key):
        now = store.read(finding.key)
        if now != (finding.stored.content if finding.stored else None):
            raise SitechatError(
                f"the state of {finding.layer} was changed while it was looked at; it was left alone",
                hint=f"Look again: `{again('recover', session.env_ref)}`.",
                code=ExitCode.REFUSED,
            )
        if now != content:
            store.write(finding.key, content, backend)
        if store.keeps_digests and store.digest(finding.key) != StateCopy("", content).md5:
            store.write_digest(finding.key, content)
    if finding.errored is not None:
        set_aside(finding.errored)
    return Restored(finding.layer, copy.name, StateCopy("", content).serial)


def set_aside(path: Path) -> None:
    """Rename the file of an unstored state, so that it isn't taken for one again."""
    if path.exists():
        path.chmod(0o600)
        path.replace(path.with_name(path.name + SET_ASIDE))


def _content(finding: StateFinding, copy: StateCopy) -> bytes:
    """Content to be stored: the copy's own, or with a serial above all that were seen.

    The serial is raised for a copy that isn't the newest, and for one that is stored already though it was found
    wrong, when a person chose it: only a new version settles that.
    """
    settled = copy is finding.chosen or not copy.stored
    if copy.name != EMPTY and copy.serial >= finding.top and settled:
        return copy.content
    return json.dumps({**(copy.state or {}), "serial": finding.top + 1}, indent=2).encode()
