"""Bundles on disk: `.sitechat/bundles/ENV/ID/{manifest.json, seal.json, synth/, LAYER/{tfplan, *.json}}`."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.bundle import manifest as manifests
from pipeline.bundle.manifest import Manifest
from pipeline.errors import ExitCode, SitechatError
from pipeline.synth import layers
from pipeline.synth.layers import Synthesis

LATEST = "latest"
# File with the time of a bundle's apply, written after the fact; it changes nothing but a message.
APPLIED_AT = "applied-at"
UNSEALED = ("manifest.json", "seal.json", APPLIED_AT)


@dataclass(frozen=True)
class StoredBundle:
    """A bundle read from disk; not to be trusted before `checks.check_bundle`."""

    dir: Path
    manifest: Manifest
    seal: Mapping[str, str]
    synthesis: Synthesis

    @property
    def id(self) -> str:
        """The bundle id: the name of its folder."""
        return self.dir.name

    def plan(self, layer: str) -> dict[str, Any]:
        """The plan of a layer as JSON; empty when it has none."""
        return self._layer_json(layer, "plan.json")

    def inputs(self, layer: str) -> dict[str, dict[str, Any]]:
        """The outputs of other layers that a layer was planned with; of a preview, the placeholders."""
        return self._layer_json(layer, "inputs.json")

    def _layer_json(self, layer: str, name: str) -> dict[str, Any]:
        path = self.dir / layer / name
        return dict(json.loads(path.read_bytes())) if path.is_file() else {}


def file_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a bundle except manifest and seal, by path inside it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if (name := path.relative_to(folder).as_posix()) not in UNSEALED
    }


def find_bundle(folder: Path, wanted: str) -> Path:
    """The folder of bundle `wanted` (an id or "latest"). Raises SitechatError (2) when there is none."""
    ids = sorted(path.name for path in folder.glob("*Z-*") if (path / "manifest.json").is_file())
    name = ids[-1] if wanted == LATEST and ids else wanted
    if name not in ids:
        known = f"There are: {', '.join(ids[-5:])}." if ids else "Make one with `sitechat plan`."
        raise SitechatError(f"no bundle {wanted!r} for {folder.name}", hint=known, code=ExitCode.USAGE)
    return folder / name


def delete_expired_bundles(folder: Path, now: str) -> None:
    """Delete bundles expired by `now`: they can't be applied any more, and hold values in clear text."""
    for path in folder.glob("*Z-*/manifest.json"):
        try:
            expires = json.loads(path.read_bytes())["expires"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if isinstance(expires, str) and expires <= now:
            shutil.rmtree(path.parent, ignore_errors=True)


def read_bundle(folder: Path, env_name: str) -> StoredBundle:
    """Read a bundle from its folder. Raises SitechatError (5) when it can't be read."""
    return StoredBundle(folder, *read_sealed(folder), layers.read_synthesis(folder / "synth", env_name))


def read_sealed(folder: Path) -> tuple[Manifest, dict[str, str]]:
    """Read manifest and seal alone. Raises SitechatError (5) when they can't be read."""
    return manifests.parse_manifest(_read_json_object(folder / "manifest.json")), _read_json_object(
        folder / "seal.json"
    )


def _read_json_object(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise SitechatError(
            f"bundle refused: {path.name} can't be read: {error}",
            hint="Plan again with `sitechat plan`.",
            code=ExitCode.REFUSED,
        ) from None
