"""Which bundle was applied last: its previews are what later waves are compared with, also by another command."""

import json
from pathlib import Path

from pipeline.bundle import store
from pipeline.bundle.reviewed import Reviewed, Shown
from pipeline.bundle.store import Stored
from pipeline.errors import SitechatError
from pipeline.work import write_private

APPLIED = "applied.json"


def remember(stored: Stored) -> None:
    """Note beside the bundles that this one was applied: whoever did that had its previews before them.

    A wave that shows no previews leaves the note of the one that did.
    """
    if any(shown.plan for shown in reviewed(stored).layers.values()):
        write_private(stored.dir.parent / APPLIED, json.dumps({"bundle": stored.id}).encode())


def last_reviewed(bundles: Path, env_name: str, synth_sha256: str) -> Reviewed | None:
    """The previews of the bundle applied last; None when there is none, or it was made of another configuration."""
    try:
        name = str(json.loads((bundles / APPLIED).read_bytes())["bundle"])
        stored = store.read(store.find(bundles, name), env_name)
    except (OSError, ValueError, KeyError, TypeError, SitechatError):
        return None
    return reviewed(stored) if stored.manifest.synth_sha256 == synth_sha256 else None


def reviewed(stored: Stored) -> Reviewed:
    """What a bundle on disk shows."""
    previews = [layer.name for layer in stored.manifest.layers if layer.preview]
    return Reviewed(stored.id, {name: Shown(stored.plan(name), stored.inputs(name)) for name in previews})
