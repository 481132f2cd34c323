"""Checks before an apply: the bundle is unaltered, and environment, tools and states still match its manifest.

Every refusal names the manifest field that doesn't match.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.bundle.manifest import Manifest, PlannedLayer, bundle_id
from pipeline.clock import stamp
from pipeline.errors import ExitCode, SitechatError


@dataclass(frozen=True)
class Refusal:
    """A manifest field that doesn't match, and the reason in words, with both values."""

    field: str
    reason: str


@dataclass(frozen=True)
class BundleContext:
    """Present values that a bundle is compared with: environment, tool versions, and the bundle's own files.

    `layers` are the layers of its synthesised files; `files` are hashes by path in the bundle.
    """

    env: str
    account: str
    region: str
    bucket: str
    now: datetime
    versions: Mapping[str, str]
    synth_sha256: str
    layers: Collection[str]
    files: Mapping[str, str]


@dataclass(frozen=True)
class StateNow:
    """A layer's present state: lineage and serial ("" and 0 without a state), and the hash of the outputs it reads."""

    lineage: str
    serial: int
    upstream_sha256: str


def check_bundle(manifest: Manifest, seal: Mapping[str, str], name: str, context: BundleContext) -> list[Refusal]:
    """Run every check that needs no AWS access. `name` is the name of the bundle's folder."""
    found = check_content(manifest, seal, name, context.files)
    altered = {refusal.field for refusal in found}
    return found + [each for each in _environment_refusals(manifest, context) if each.field not in altered]


def check_content(manifest: Manifest, seal: Mapping[str, str], name: str, files: Mapping[str, str]) -> list[Refusal]:
    """Compare files and manifest fields with the seal, and the seal with the bundle id `name`."""
    current = {**manifest.field_hashes, **files}
    found = [
        Refusal(each, "was altered after the bundle was made" if each in current else "is missing: incomplete bundle")
        for each in sorted(set(current) | set(seal))
        if seal.get(each) != current.get(each)
    ]
    expected = bundle_id(manifest.created, seal)
    if not found and name != expected:
        found.append(Refusal("id", f"the folder is called {name}, its content says {expected}"))
    return found


def check_state(layer: PlannedLayer, now: StateNow) -> list[Refusal]:
    """Find what changed since a layer was planned: its state, or the outputs it reads from other layers."""
    found = []
    for name, planned, current in (
        ("lineage", layer.lineage, now.lineage),
        ("serial", layer.serial, now.serial),
        ("upstream_sha256", layer.upstream_sha256, now.upstream_sha256),
    ):
        if planned != current:
            found.append(
                Refusal(
                    f"layers.{layer.name}.{name}",
                    f"is stale: planned with {planned or 'none'}, now {current or 'none'}",
                )
            )
    return found


def raise_refusals(refusals: list[Refusal], env: str) -> None:
    """Raise SitechatError (5) that lists the refusals; return when there is none."""
    if refusals:
        lines = "\n".join(f"  {refusal.field}: {refusal.reason}" for refusal in refusals)
        raise SitechatError(
            f"bundle refused, nothing was applied:\n{lines}",
            hint=f"Plan again with `sitechat plan --env {env}`.",
            code=ExitCode.REFUSED,
        )


def _environment_refusals(manifest: Manifest, context: BundleContext) -> list[Refusal]:
    """Compare the manifest with the environment, the tools, the time and the synthesised layers."""
    pairs: tuple[tuple[str, Any, Any], ...] = (
        ("env", manifest.env, context.env),
        ("account", manifest.account, context.account),
        ("region", manifest.region, context.region),
        ("synth_sha256", manifest.synth_sha256, context.synth_sha256),
        ("versions", dict(manifest.versions), dict(context.versions)),
    )
    found = [Refusal(name, f"the bundle has {was!r}, expected {is_!r}") for name, was, is_ in pairs if was != is_]
    found += _layer_name_refusals(manifest, context)
    if stamp(context.now) < manifest.created:
        found.append(Refusal("created", f"{manifest.created} lies in the future"))
    if stamp(context.now) >= manifest.expires:
        found.append(Refusal("expires", f"the bundle expired at {manifest.expires}"))
    if manifest.scan.get("passed") is not True:
        found.append(Refusal("scan", "the scan gate had not passed"))
    for layer in manifest.layers:
        found += _layer_refusals(layer, context)
    return found


def _layer_name_refusals(manifest: Manifest, context: BundleContext) -> list[Refusal]:
    names = [layer.name for layer in manifest.layers]
    found = [
        Refusal("layers", f"{name} is not among the synthesised layers") for name in names if name not in context.layers
    ]
    return found + [
        Refusal("layers", f"{name} stands there twice") for name in sorted(set(names)) if names.count(name) > 1
    ]


def _layer_refusals(layer: PlannedLayer, context: BundleContext) -> list[Refusal]:
    found = []
    present = context.files.get(plan_file(layer.name), "")
    if not layer.preview and not present:
        found.append(Refusal(f"layers.{layer.name}.plan_sha256", "the plan file is missing: the bundle is incomplete"))
    elif layer.plan_sha256 != ("" if layer.preview else present):
        found.append(Refusal(f"layers.{layer.name}.plan_sha256", "the plan file is not the one that was reviewed"))
    if layer.backend.get("bucket") != context.bucket:
        found.append(
            Refusal(
                f"layers.{layer.name}.backend",
                f"state is in bucket {layer.backend.get('bucket')!r}, the environment's is {context.bucket!r}",
            )
        )
    return found


def plan_file(layer: str) -> str:
    """Path of a layer's saved plan inside a bundle."""
    return f"{layer}/tfplan"
