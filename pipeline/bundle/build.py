"""Build a bundle: plan every layer of a wave, scan the plans, and seal plans and inputs with hashes."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import clock
from pipeline.bundle.checks import plan_file
from pipeline.bundle.commits import current_commit
from pipeline.bundle.judge import judge_plans
from pipeline.bundle.manifest import FORMAT, Manifest, PlannedLayer, bundle_id, expiry_time
from pipeline.bundle.store import delete_expired_bundles, file_hashes
from pipeline.console import step
from pipeline.errors import ExitCode, SitechatError, counted
from pipeline.planning.applied import note_applied, reasons_to_plan
from pipeline.planning.planner import LayerPlan, Planner
from pipeline.session import Session
from pipeline.synth import layers
from pipeline.synth.layers import Synthesis
from pipeline.terraform import tools
from pipeline.work import private_dir, write_private_json
from terraform_json.blocks import provider_versions

if TYPE_CHECKING:
    from pipeline.scan import Verdict


@dataclass(frozen=True)
class NewBundle:
    """A bundle just built, with its plans in memory, in the order they are applied.

    `verdict` is the scan gate's, on the synthesised files and the plans together.
    """

    dir: Path
    manifest: Manifest
    plans: tuple[LayerPlan, ...]
    verdict: Verdict

    @property
    def id(self) -> str:
        """The bundle id that `sitechat apply` takes: the name of its folder."""
        return self.dir.name

    @property
    def synthesis(self) -> Synthesis:
        """The bundle's own copy of the synthesised files: another command may replace the original at any time."""
        return layers.read_synthesis(self.dir / "synth", self.manifest.env)

    @property
    def changes(self) -> bool:
        """Whether a plan changes something. A preview always counts as a change."""
        return any(plan.counts.any or plan.preview for plan in self.plans)

    @property
    def applicable(self) -> bool:
        """Whether `apply` would change something: previews don't count."""
        return any(plan.counts.any for plan in self.plans if not plan.preview)


def build_bundle(
    session: Session,
    synthesis: Synthesis,
    verdict: Verdict,
    *,
    only: Collection[str] | None = None,
    previews: bool = True,
    done: Collection[str] = (),
) -> NewBundle:
    """Plan the layers of `synthesis`, or `only` some, and seal the result. `verdict` must have passed.

    `done` names layers that need no new plan because this deployment has just applied them. Raises SitechatError (4)
    when the gate refuses one of the plans.
    """
    chosen = synthesis.layers if only is None else tuple(map(synthesis.layer, only))
    names = frozenset({layer.name for layer in chosen} - set(done))
    folder = private_dir(session.work.bundles(session.env.name)) / f".building-{secrets.token_hex(4)}"
    private_dir(folder)
    try:
        synthesis = copy_synthesis(synthesis, folder / "synth")
        with step(f"plan {counted(len(names), 'layer')} of {session.env.name}") as progress:
            planner = Planner(session, synthesis, names, folder, progress.update, progress.note, previews)
            plans = planner.plan_layers()
        versions = tool_versions(session, synthesis)
        for plan in plans:
            if not plan.preview and not plan.counts.any:
                note_applied(session, synthesis, plan.name, planner.states, versions)
        verdict = judge_plans(session, verdict, plans)
        return _seal_bundle(session, synthesis, verdict, folder, plans, versions)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def changed_layers(session: Session, synthesis: Synthesis) -> dict[str, str]:
    """Layers that changed since they were last applied from here, and what depends on them, each with the reason."""
    return reasons_to_plan(session, synthesis, tool_versions(session, synthesis))


def tool_versions(session: Session, synthesis: Synthesis) -> dict[str, str]:
    """Versions of the Terraform binary and of the providers that the layers require, by name."""
    found = {"terraform": tools.terraform_version(session.binary)}
    for layer in synthesis.layers:
        found |= provider_versions(layer.config)
    return found


def scan_summary(verdict: Verdict) -> dict[str, Any]:
    """The part of a verdict that the manifest records."""
    return {
        "passed": verdict.passed,
        "findings": len(verdict.findings),
        "waived": len(verdict.waived),
        "checks_run": verdict.checks_run,
        "resources_seen": verdict.resources_seen,
        "sources": list(verdict.sources),
    }


def _seal_bundle(
    session: Session,
    synthesis: Synthesis,
    verdict: Verdict,
    folder: Path,
    plans: tuple[LayerPlan, ...],
    versions: Mapping[str, str],
) -> NewBundle:
    """Write plans, manifest and seal into `folder`, and give it its name.

    The seal holds the hash of every file and of every field of the manifest, and the bundle's id is a hash of the seal:
    whoever reviewed an id reviewed exactly these bytes. The folder is renamed last, so a bundle is never half there.
    """
    for plan in plans:
        if plan.plan:
            write_private_json(folder / plan.name / "plan.json", plan.plan)
            write_private_json(folder / plan.name / "inputs.json", plan.inputs)
    files = file_hashes(folder)
    created = clock.now()
    delete_expired_bundles(folder.parent, clock.stamp(created))
    manifest = Manifest(
        format=FORMAT,
        env=session.env.name,
        account=session.env.account_id,
        region=session.env.region,
        created=clock.stamp(created),
        expires=clock.stamp(expiry_time(created)),
        commit=current_commit(),
        synth_sha256=synthesis.sha256,
        versions=dict(versions),
        scan=scan_summary(verdict),
        layers=tuple(_planned_layer(plan, synthesis, files) for plan in plans),
    )
    seal = {**manifest.field_hashes, **files}
    write_private_json(folder / "manifest.json", manifest.to_json())
    write_private_json(folder / "seal.json", seal)
    target = folder.parent / bundle_id(manifest.created, seal)
    shutil.rmtree(target, ignore_errors=True)
    folder.rename(target)
    return NewBundle(target, manifest, plans, verdict)


def _planned_layer(plan: LayerPlan, synthesis: Synthesis, files: Mapping[str, str]) -> PlannedLayer:
    """The manifest's entry of a layer. `files` are the bundle's file hashes."""
    return PlannedLayer(
        name=plan.name,
        preview=plan.preview,
        plan_sha256="" if plan.preview else files[plan_file(plan.name)],
        backend=synthesis.layer(plan.name).backend,
        lineage=plan.lineage,
        serial=plan.serial,
        upstream_sha256=plan.upstream_sha256,
    )


def copy_synthesis(synthesis: Synthesis, target: Path) -> Synthesis:
    """Copy the files of all layers below `target`. Raises SitechatError (5) when they changed after the scan."""
    for path in (path for layer in synthesis.layers for path in layer.files.values()):
        copy = target / path.relative_to(synthesis.dir)
        private_dir(copy.parent)
        shutil.copyfile(path, copy)
    shutil.copyfile(synthesis.dir / "manifest.json", target / "manifest.json")
    copied = layers.read_synthesis(target, synthesis.env)
    if copied.sha256 != synthesis.sha256:
        raise SitechatError(
            f"{synthesis.dir} was changed by another command after it was scanned",
            hint="Run this command again.",
            code=ExitCode.REFUSED,
        )
    return copied
