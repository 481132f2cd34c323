"""The bundles that this machine keeps, and which of them was applied last.

The previews of that one are what later waves are compared with, also by another command.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.bundle import store
from pipeline.bundle.reviewed import Reviewed, Shown
from pipeline.bundle.store import Stored
from pipeline.errors import SitechatError
from pipeline.work import Work, repo_root, write_private

if TYPE_CHECKING:
    from config import Environment

APPLIED = "applied.json"
_BUNDLE_NAME = re.compile(rf"{store.LATEST}|\d{{8}}T\d{{6}}Z-[0-9a-f]+")


def is_bundle_name(name: str) -> bool:
    """Whether a name is that of a bundle, or means the newest, rather than an environment."""
    return _BUNDLE_NAME.fullmatch(name) is not None


def work_of(env: Environment) -> Work:
    """Work folder of an environment; an emulated one's bundles belong to the emulators that run now."""
    work = Work(repo_root())
    if not env.emulated:
        return work
    import local_aws

    endpoint = local_aws.status(work.local)
    return Work(work.root, run=endpoint.run_id) if endpoint else work


def kept_bundle(env: Environment, bundle: str) -> Stored:
    """Bundle of an environment by its id or as the latest. Raises SitechatError (2) when there is none."""
    return store.read_bundle(store.find_bundle(work_of(env).bundles(env.name), bundle), env.name)


def newest_bundle(env: Environment) -> Stored | None:
    """Newest bundle of an environment, if it has any."""
    folder = work_of(env).bundles(env.name)
    return kept_bundle(env, store.LATEST) if any(folder.glob("*Z-*/manifest.json")) else None


def remember_applied(stored: Stored) -> None:
    """Note beside the bundles that this one was applied: whoever did that had its previews before them.

    A wave that shows no previews leaves the note of the one that did.
    """
    if any(shown.plan for shown in reviewed_previews(stored).layers.values()):
        write_private(stored.dir.parent / APPLIED, json.dumps({"bundle": stored.id}).encode())


def last_reviewed(bundles: Path, env_name: str, synth_sha256: str) -> Reviewed | None:
    """Previews of the bundle applied last; None when there is none, or it was made of another configuration."""
    try:
        name = str(json.loads((bundles / APPLIED).read_bytes())["bundle"])
        stored = store.read_bundle(store.find_bundle(bundles, name), env_name)
    except (OSError, ValueError, KeyError, TypeError, SitechatError):
        return None
    return reviewed_previews(stored) if stored.manifest.synth_sha256 == synth_sha256 else None


def reviewed_previews(stored: Stored) -> Reviewed:
    """Previews of a bundle on disk."""
    previews = [layer.name for layer in stored.manifest.layers if layer.preview]
    return Reviewed(stored.id, {name: Shown(stored.plan(name), stored.inputs(name)) for name in previews})
