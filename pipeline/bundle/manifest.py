"""The manifest of a bundle: the planned layers, and hashes of the inputs they were planned from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from pipeline.errors import ExitCode, SitechatError
from pipeline.planning.digests import sha256_of

FORMAT = 1
# An older plan is refused even when no state has changed: AWS may have.
VALID_HOURS = 24
ID_DIGITS = 16


@dataclass(frozen=True)
class PlannedLayer:
    """One layer of a bundle. A preview has no plan to apply: its hashes are empty."""

    name: str
    preview: bool
    plan_sha256: str
    backend: Mapping[str, Any]
    lineage: str
    serial: int
    upstream_sha256: str


@dataclass(frozen=True)
class Manifest:
    """The content of manifest.json. `commit` is recorded and not compared: a merge changes it."""

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
        """The manifest as plain data, with keys in the order of the fields."""
        return asdict(self) | {"layers": [asdict(layer) for layer in self.layers]}

    @property
    def field_hashes(self) -> dict[str, str]:
        """A hash of each field, also of each layer's fields, so that a refusal can name the altered one."""
        found = self.to_json() | {"layers": [layer.name for layer in self.layers]}
        for layer in self.layers:
            found |= {f"layers.{layer.name}.{name}": value for name, value in asdict(layer).items()}
        return {name: sha256_of(value) for name, value in found.items()}


def bundle_id(created: str, seal: Mapping[str, str]) -> str:
    """The bundle id: creation time and a hash of the seal. The seal covers every field and file, so the id does too."""
    return f"{created.replace('-', '').replace(':', '')}-{sha256_of(seal)[:ID_DIGITS]}"


def parse_manifest(data: Any) -> Manifest:
    """Parse a manifest. Raises SitechatError (5) naming a field that is missing, unknown or of another format."""
    if not isinstance(data, dict):
        raise _refused("manifest", "is not a JSON object")
    if data.get("format") != FORMAT:
        raise _refused("format", f"is {data.get('format')!r}; this version reads {FORMAT}")
    _require_exact_fields(data, {field.name for field in fields(Manifest)}, "")
    if not isinstance(data["layers"], list):
        raise _refused("layers", "is not a list")
    for number, layer in enumerate(data["layers"]):
        if not isinstance(layer, dict):
            raise _refused(f"layers[{number}]", "is not an object")
        _require_exact_fields(layer, {field.name for field in fields(PlannedLayer)}, f"layers[{number}].")
    return Manifest(**{**data, "layers": tuple(PlannedLayer(**layer) for layer in data["layers"])})


def expiry_time(created: datetime) -> datetime:
    """The time from which a bundle created at `created` is refused."""
    return created + timedelta(hours=VALID_HOURS)


def _require_exact_fields(data: Mapping[str, Any], expected: set[str], prefix: str) -> None:
    for name in sorted(expected - set(data)):
        raise _refused(prefix + name, "is missing")
    for name in sorted(set(data) - expected):
        raise _refused(prefix + name, "is not a field of a manifest")


def _refused(field: str, what: str) -> SitechatError:
    return SitechatError(
        f"bundle refused: {field} {what}", hint="Plan again with `sitechat plan`.", code=ExitCode.REFUSED
    )
