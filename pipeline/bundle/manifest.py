"""The manifest of a bundle: what was planned, bound by hashes to what it was planned from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from pipeline.errors import ExitCode, SitechatError
from pipeline.planning.digests import sha256_of

FORMAT = 1
# A plan older than this describes a world that has moved on, even when no state has.
VALID_HOURS = 24
ID_DIGITS = 16


@dataclass(frozen=True)
class PlannedLayer:
    """One layer of a bundle. A preview has no plan that could be applied: its hashes are empty."""

    name: str
    preview: bool
    plan_sha256: str
    backend: Mapping[str, Any]
    lineage: str
    serial: int
    upstream_sha256: str


@dataclass(frozen=True)
class Manifest:
    """The design's manifest. `commit` is recorded and not compared: a merge changes it."""

    format: int
    env: str
    account: str
    region: str
    created: str
    expires: str
    commit: str
    synth_sha256: str
    versions: Mapping[str, str]
    scan: Mapping[str, Any]
    layers: tuple[PlannedLayer, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data, with keys in the order of the design."""
        return asdict(self) | {"layers": [asdict(layer) for layer in self.layers]}

    @property
    def field_hashes(self) -> dict[str, str]:
        """A hash of each field, also of each layer's, so that a change can be called by its name."""
        found = self.to_json() | {"layers": [layer.name for layer in self.layers]}
        for layer in self.layers:
            found |= {f"layers.{layer.name}.{name}": value for name, value in asdict(layer).items()}
        return {name: sha256_of(value) for name, value in found.items()}


def bundle_id(created: str, seal: Mapping[str, str]) -> str:
    """Time of creation and a hash of the seal, made of every field and file: a folder's name proves its content."""
    return f"{created.replace('-', '').replace(':', '')}-{sha256_of(seal)[:ID_DIGITS]}"


def from_json(data: Any) -> Manifest:
    """Read a manifest. Raises SitechatError (5) naming a field that is missing, unknown or of another format."""
    if not isinstance(data, dict):
        raise _refused("manifest", "is not a JSON object")
    if data.get("format") != FORMAT:
        raise _refused("format", f"is {data.get('format')!r}; this version reads {FORMAT}")
    _exact_fields(data, {field.name for field in fields(Manifest)}, "")
    if not isinstance(data["layers"], list) or not data["layers"]:
        raise _refused("layers", "is not a list with at least one layer")
    for number, layer in enumerate(data["layers"]):
        if not isinstance(layer, dict):
            raise _refused(f"layers[{number}]", "is not an object")
        _exact_fields(layer, {field.name for field in fields(PlannedLayer)}, f"layers[{number}].")
    return Manifest(**{**data, "layers": tuple(PlannedLayer(**layer) for layer in data["layers"])})


def expiry(created: datetime) -> datetime:
    """When a bundle created at `created` stops being valid."""
    return created + timedelta(hours=VALID_HOURS)


def _exact_fields(data: Mapping[str, Any], expected: set[str], prefix: str) -> None:
    for name in sorted(expected - set(data)):
        raise _refused(prefix + name, "is missing")
    for name in sorted(set(data) - expected):
        raise _refused(prefix + name, "is not a field of a manifest")


def _refused(field: str, what: str) -> SitechatError:
    return SitechatError(f"bundle refused: {field} {what}", hint="Plan again.", code=ExitCode.REFUSED)
