"""Make a bundle: plan every layer of a wave and write down what was planned from what."""

from __future__ import annotations

import secrets
import shutil
import subprocess
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import clock
from pipeline.bundle import manifest as manifests
from pipeline.bundle.checks import plan_file
from pipeline.bundle.judge import judge_plans
from pipeline.bundle.manifest import Manifest, PlannedLayer
from pipeline.bundle.store import file_hashes, prune
from pipeline.console import step
from pipeline.errors import ExitCode, SitechatError
from pipeline.planning.planner import LayerPlan, Planner
from pipeline.session import Session
from pipeline.synth import layers
from pipeline.synth.layers import Synthesis
from pipeline.terraform import tools
from pipeline.terraform.graph import run_graph
from pipeline.work import private_dir, repo_root, write_private_json
from terraform_json.blocks import provider_versions

if TYPE_CHECKING:
    from pipeline.scan import Verdict


@dataclass(frozen=True)
class Bundle:
    """A bundle just made, with the plans still in memory, in the order they are applied.

    `verdict` is the gate's over the synthesised files and the plans together.
    """

    dir: Path
    manifest: Manifest
    plans: tuple[LayerPlan, ...]
    verdict: Verdict

    @property
    def id(self) -> str:
        """What `sitechat apply` takes."""
        return self.dir.name

    @property
    def synthesis(self) -> Synthesis:
        """The bundle's own copy of what was synthesised: another command may replace the original at any time."""
        return layers.read_synthesis(self.dir / "synth", self.manifest.env)

    @property
    def changes(self) -> bool:
        """Does any layer of the wave, or any preview, change something?"""
        return any(plan.counts.any or plan.preview for plan in self.plans)

    @property
    def applicable(self) -> bool:
        """Is there anything that `apply` would do?"""
        return any(plan.counts.any for plan in self.plans if not plan.preview)


def build(
    session: Session,
    synthesis: Synthesis,
    verdict: Verdict,
    *,
    only: str | None = None,
    previews: bool = True,
    done: Collection[str] = (),
) -> Bundle:
    """Plan the layers of `synthesis`, or `only` one, and seal the result. `verdict` must have passed.

    `done` names layers that need no new plan because this deployment has just applied them. Raises SitechatError (4)
    when the gate refuses one of the plans.
    """
    names = frozenset({synthesis.layer(only).name} if only else {layer.name for layer in synthesis.layers} - set(done))
    folder = private_dir(session.work.bundles(session.env.name)) / f".building-{secrets.token_hex(4)}"
    private_dir(folder)
    try:
        synthesis = snapshot(synthesis, folder / "synth")
        with step(f"plan {len(names)} layers of {session.env.name}") as progress:
            planner = Planner(session, synthesis, names, folder, progress.update, previews)
            planned = run_graph(_order(synthesis, names), planner)
        plans = tuple(plan for layer in synthesis.layers if (plan := planned.get(layer.name)) is not None)
        return _seal(session, synthesis, judge_plans(session, verdict, plans), folder, plans)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _order(synthesis: Synthesis, names: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """The layers to look at, with those that must come before each: the planned ones and all they depend on."""
    found: dict[str, tuple[str, ...]] = {}
    queue = sorted(names)
    while queue:
        layer = synthesis.layer(queue.pop())
        found[layer.name] = layer.dependencies
        queue += [name for name in layer.dependencies if name not in found]
    return found


def versions(session: Session, synthesis: Synthesis) -> dict[str, str]:
    """Terraform's version and the providers' as the layers require them."""
    found = {"terraform": tools.terraform_version(session.binary)}
    for layer in synthesis.layers:
        found |= provider_versions(layer.config)
    return found


def scan_summary(verdict: Verdict) -> dict[str, Any]:
    """What the manifest keeps of a verdict."""
    return {
        "passed": verdict.passed,
        "findings": len(verdict.findings),
        "waived": len(verdict.waived),
        "checks_run": verdict.checks_run,
        "resources_seen": verdict.resources_seen,
        "sources": list(verdict.sources),
    }


def _seal(
    session: Session, synthesis: Synthesis, verdict: Verdict, folder: Path, plans: tuple[LayerPlan, ...]
) -> Bundle:
    for plan in plans:
        if plan.plan:
            write_private_json(folder / plan.name / "plan.json", plan.plan)
            write_private_json(folder / plan.name / "inputs.json", plan.inputs)
    files = file_hashes(folder)
    created = clock.now()
    prune(folder.parent, clock.stamp(created))
    manifest = Manifest(
        format=manifests.FORMAT,
        env=session.env.name,
        account=session.env.account_id,
        region=session.env.region,
        created=clock.stamp(created),
        expires=clock.stamp(manifests.expiry(created)),
        commit=commit(),
        synth_sha256=synthesis.sha256,
        versions=versions(session, synthesis),
        scan=scan_summary(verdict),
        layers=tuple(_planned(plan, synthesis, files) for plan in plans),
    )
    seal = {**manifest.field_hashes, **files}
    write_private_json(folder / "manifest.json", manifest.to_json())
    write_private_json(folder / "seal.json", seal)
    target = folder.parent / manifests.bundle_id(manifest.created, seal)
    shutil.rmtree(target, ignore_errors=True)
    folder.rename(target)
    return Bundle(target, manifest, plans, verdict)


def _planned(plan: LayerPlan, synthesis: Synthesis, files: Mapping[str, str]) -> PlannedLayer:
    return PlannedLayer(
        name=plan.name,
        preview=plan.preview,
        plan_sha256="" if plan.preview else files[plan_file(plan.name)],
        backend=synthesis.layer(plan.name).backend,
        lineage=plan.lineage,
        serial=plan.serial,
        upstream_sha256=plan.upstream_sha256,
    )


def snapshot(synthesis: Synthesis, target: Path) -> Synthesis:
    """Copy the files the layers are made of. Raises SitechatError (5) when they are not those that were scanned."""
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


def commit() -> str:
    """The git commit that is checked out, with "+" when files differ from it; empty outside of a repository."""
    head = _git("rev-parse", "HEAD")
    return head + ("+" if head and _git("status", "--porcelain", "--untracked-files=no") else "")


def _git(*arguments: str) -> str:
    try:
        result = subprocess.run(
            ["git", *arguments], cwd=repo_root(), capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout.strip() if result.returncode == 0 else ""
