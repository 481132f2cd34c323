"""Bundles kept on this machine, and a record of the one applied last.

Later waves, also those of another command, are compared with the previews of the last applied bundle.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.bundle import store
from pipeline.bundle.reviewed import LayerPreview, ReviewedPreviews
from pipeline.bundle.store import StoredBundle
from pipeline.clock import now, stamp
from pipeline.errors import SitechatError
from pipeline.work import Work, repo_root, write_private

if TYPE_CHECKING:
    from config import Environment

APPLIED = "applied.json"
_BUNDLE_NAME = re.compile(rf"{store.LATEST}|\d{{8}}T\d{{6}}Z-[0-9a-f]+")


def is_bundle_name(name: str) -> bool:
    """Whether `name` is a bundle id or "latest", and not the name of an environment."""
    return _BUNDLE_NAME.fullmatch(name) is not None


def work_folder(env: Environment) -> Work:
    """Work folder of an environment; an emulated one has a folder per emulator run."""
    work = Work(repo_root())
    if not env.emulated:
        return work
    import local_aws

    endpoint = local_aws.status(work.local)
    return Work(work.root, run=endpoint.run_id) if endpoint else work


def kept_bundle(env: Environment, bundle: str) -> StoredBundle:
    """Read a kept bundle by its id or "latest". Raises SitechatError (2) when there is none."""
    return store.read_bundle(store.find_bundle(work_folder(env).bundles(env.name), bundle), env.name)


def newest_bundle(env: Environment) -> StoredBundle | None:
    """The newest bundle of an environment, or None."""
    folder = work_folder(env).bundles(env.name)
    return kept_bundle(env, store.LATEST) if any(folder.glob("*Z-*/manifest.json")) else None


def applied_at(stored: StoredBundle) -> str:
    """When a bundle was applied from this machine, as manifests write times; empty where it wasn't."""
    path = stored.dir / store.APPLIED_AT
    return path.read_text(encoding="ascii", errors="replace").strip() if path.is_file() else ""


def remember_applied(stored: StoredBundle) -> None:
    """Record a bundle as applied, with the time: the person who applied it has seen its previews.

    A bundle without previews leaves the record of what was reviewed as it is.
    """
    write_private(stored.dir / store.APPLIED_AT, stamp(now()).encode())
    if any(shown.plan for shown in reviewed_previews(stored).layers.values()):
        write_private(stored.dir.parent / APPLIED, json.dumps({"bundle": stored.id}).encode())


def last_reviewed(bundles: Path, env_name: str, synth_sha256: str) -> ReviewedPreviews | None:
    """Previews of the bundle applied last; None without one, or when it was made from another configuration."""
    try:
        name = str(json.loads((bundles / APPLIED).read_bytes())["bundle"])
        stored = store.read_bundle(store.find_bundle(bundles, name), env_name)
    except (OSError, ValueError, KeyError, TypeError, SitechatError):
        return None
    return reviewed_previews(stored) if stored.manifest.synth_sha256 == synth_sha256 else None


def reviewed_previews(stored: StoredBundle) -> ReviewedPreviews:
    """Previews of a stored bundle, which count as reviewed when it is applied."""
    previews = [layer.name for layer in stored.manifest.layers if layer.preview]
    return ReviewedPreviews(
        stored.id, {name: LayerPreview(stored.plan(name), stored.inputs(name)) for name in previews}
    )
