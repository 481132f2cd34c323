"""Apply a bundle: its saved plans as reviewed, after all checks have passed; otherwise nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.bundle import store
from pipeline.bundle.build import tool_versions
from pipeline.bundle.checks import BundleContext, Refusal, StateNow, check_bundle, check_state, raise_refusals
from pipeline.bundle.guard import refuse_losses, stateful_losses
from pipeline.bundle.kept import applied_at, remember_applied
from pipeline.bundle.migration import refuse_handing_over, refuse_stranding
from pipeline.bundle.recording import PlannedWave, Recording, recorded
from pipeline.bundle.store import StoredBundle
from pipeline.bundle.transport import fetch_bundle
from pipeline.clock import now
from pipeline.console import StepProgress, step
from pipeline.errors import ExitCode, SitechatError, again, counted
from pipeline.planning.applied import files_digest, forget_applied, note_applied
from pipeline.planning.digests import upstream_digest
from pipeline.planning.planner import values_read
from pipeline.planning.waves import LayerOutputs, outputs_after_plan
from pipeline.session import Session
from pipeline.synth.layers import Synthesis
from pipeline.synth.references import outputs_read
from pipeline.terraform import Terraform
from pipeline.terraform.graph import run_graph
from terraform_json.plan import Counts, count, created_addresses
from terraform_json.state import lineage_and_serial


@dataclass(frozen=True)
class Applied:
    """The result of an apply: changes by layer (`done`), and the previewed layers that come next (`left`)."""

    id: str
    done: Mapping[str, Counts]
    left: tuple[str, ...]

    @property
    def resources(self) -> int:
        """Resources that were added, changed, replaced or destroyed."""
        return sum(counts.resources for counts in self.done.values())


@dataclass
class _ApplyRun:
    """An apply in progress. `outputs` are those of the layers whose state was read."""

    session: Session
    bundle: StoredBundle
    report: StepProgress
    recording: Recording
    outputs: dict[str, LayerOutputs] = field(default_factory=dict)
    states: dict[str, dict[str, Any] | None] = field(default_factory=dict)

    def terraform(self, name: str) -> Terraform:
        """Terraform in the bundle's own copy of the layer, connected to its state."""
        layer = self.bundle.synthesis.layer(name)
        return self.session.opened(layer, lambda text: self.report.update(f"{name}: {text}"))

    def read_state(self, name: str) -> dict[str, Any] | None:
        """Read a layer's state and keep its outputs."""
        state = self.session.read_state(self.bundle.synthesis.layer(name))
        self.outputs[name] = outputs_after_plan({}, state, preview=False)
        self.states[name] = state
        return state

    def refusals(self, name: str) -> list[Refusal]:
        """Compare a layer's state with the one it was planned from. The layers it reads must have been read before."""
        state = self.read_state(name) or {}
        planned = next((each for each in self.bundle.manifest.layers if each.name == name), None)
        if planned is None:
            return []
        current = StateNow(*lineage_and_serial(state), self.upstream(name))
        return check_state(planned, current) if not planned.preview else []

    def upstream(self, name: str) -> str:
        """Hash of the outputs that a layer reads now; empty when one of them is gone."""
        needed = outputs_read(self.bundle.synthesis.layer(name), self.bundle.synthesis.layers)
        gone = any(output not in self.outputs[up].stored for up, outputs in needed.items() for output in outputs)
        return "" if gone else upstream_digest(values_read(needed, self.outputs))

    def apply_layer(self, name: str) -> Counts:
        """Apply one layer's plan. Its inputs are compared again: their layer may have been applied just now."""
        counts = count(self.bundle.plan(name))
        if not counts.any:
            self.recording.mark(name, "done")
            return counts
        self.recording.mark(name, "begun")
        planned = next(each for each in self.bundle.manifest.layers if each.name == name)
        for upstream in outputs_read(self.bundle.synthesis.layer(name), self.bundle.synthesis.layers):
            self.read_state(upstream)
        if planned.upstream_sha256 != self.upstream(name):
            reason = "an upstream layer handed on other values than planned; what was applied before stays"
            raise_refusals([Refusal(f"layers.{name}.upstream_sha256", reason)], self.session.env.name)
        if notice := self.session.lock_notice(self.bundle.synthesis.layer(name)):
            self.report.note(notice)
        self.report.update(f"{name}: applying")
        forget_applied(self.session, name)
        self.terraform(name).apply(self.bundle.dir / name / "tfplan", total=counts.resources)
        self.recording.mark(name, "done")
        self.report.note(f"{name}: {counted(counts.resources, 'resource')} changed")
        self.read_state(name)
        note_applied(self.session, self.bundle.synthesis, name, self.states, self.bundle.manifest.versions)
        return counts


# What is asked before a bundle is applied: its layers, and the addresses that it creates, by layer. It may refuse.
BeforeCreating = Callable[[Synthesis, Mapping[str, Collection[str]]], None]


def nothing_asked(synthesis: Synthesis, created: Mapping[str, Collection[str]]) -> None:
    """Refuse nothing."""


def apply_bundle(
    session: Session,
    wanted: str,
    *,
    allow: Collection[str] = (),
    before: BeforeCreating = nothing_asked,
    recording: Recording | None = None,
    hand_over: bool = False,
) -> Applied:
    """Apply bundle `wanted` (an id or "latest"). Everything is checked before anything is changed.

    A bundle that another machine published is fetched from the state bucket first. `before` is the last check.
    `hand_over` lets a service be replaced because another controller is to deploy it.

    Raises SitechatError: 5 for a bundle that is stale, altered, incomplete, expired or made for something else, and
    for stateful resources it would destroy without `allow`. The bundle is recorded as applied, and the run in the
    environment's history: in `recording` where the apply is part of a longer run.
    """
    bundle = fetch_bundle(session, wanted)
    return apply_stored_bundle(session, bundle, allow=allow, before=before, recording=recording, hand_over=hand_over)


def apply_stored_bundle(
    session: Session,
    bundle: StoredBundle,
    *,
    allow: Collection[str] = (),
    before: BeforeCreating = nothing_asked,
    recording: Recording | None = None,
    hand_over: bool = False,
) -> Applied:
    """Apply a bundle that is already read. Raises SitechatError as `apply_bundle` does."""
    env = session.env
    raise_refusals(check_bundle(bundle.manifest, bundle.seal, bundle.id, bundle_context(session, bundle)), env.name)
    layers = tuple(each.name for each in bundle.manifest.layers if not each.preview)
    plans = {name: bundle.plan(name) for name in layers}
    if not hand_over:
        refuse_handing_over(plans, session.env_ref)
    refuse_stranding(plans, session.env_ref)
    refuse_losses({name: stateful_losses(plan) for name, plan in plans.items()}, allow, env)
    with recorded(recording, session, "apply") as kept:
        return _apply_checked(session, bundle, layers, before, kept)


def _apply_checked(
    session: Session, bundle: StoredBundle, layers: tuple[str, ...], before: BeforeCreating, recording: Recording
) -> Applied:
    env = session.env
    with step(f"check that bundle {bundle.id} is up to date") as progress:
        run = _ApplyRun(session, bundle, progress, recording)
        session.await_locks([bundle.synthesis.layer(name) for name in layers], progress.note)
        order = {layer.name: layer.dependencies for layer in bundle.synthesis.layers}
        refused = run_graph(_with_dependencies(order, layers), run.refusals).values()
        stale = [each for found in refused for each in found]
        if stale and (when := applied_at(bundle)):
            raise SitechatError(
                f"bundle {bundle.id} was already applied at {when}; nothing was changed now",
                hint=f"See what is left with `{again('plan', session.env_ref)}`.",
                code=ExitCode.REFUSED,
            )
        raise_refusals(stale, env.name)
    before(bundle.synthesis, {name: created_addresses(bundle.plan(name)) for name in layers})
    left = tuple(each.name for each in bundle.manifest.layers if each.preview)
    with step(f"apply {counted(len(layers), 'layer')} of {env.name}") as progress:
        run.report = progress
        recording.begin(lambda: _wave(bundle, layers, left))
        done = run_graph({name: order[name] for name in layers}, run.apply_layer)
    remember_applied(bundle)
    return Applied(bundle.id, {name: done[name] for name in layers}, left)


def _wave(bundle: StoredBundle, layers: tuple[str, ...], left: tuple[str, ...]) -> PlannedWave:
    """What the history keeps of a bundle."""
    return PlannedWave(
        bundle=bundle.id,
        commit=bundle.manifest.commit,
        plans={name: bundle.plan(name) for name in layers},
        sha256={name: files_digest(bundle.synthesis.layer(name)) for name in layers},
        versions=bundle.manifest.versions,
        left=left,
    )


def bundle_context(session: Session, bundle: StoredBundle) -> BundleContext:
    """Collect the present values that a bundle is compared with. An unreadable synthesis shows up as another hash."""
    try:
        synth_sha256, found = bundle.synthesis.sha256, tool_versions(session, bundle.synthesis)
    except (SitechatError, OSError) as error:
        synth_sha256, found = f"unreadable: {error}", {}
    return BundleContext(
        env=session.env.name,
        account=session.env.account_id,
        region=session.env.region,
        bucket=session.env.state_backend.bucket,
        now=now(),
        versions=found,
        synth_sha256=synth_sha256,
        layers=tuple(layer.name for layer in bundle.synthesis.layers),
        files=store.file_hashes(bundle.dir),
    )


def _with_dependencies(order: Mapping[str, tuple[str, ...]], names: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The layers `names` and all they depend on, each with its direct dependencies."""
    found: dict[str, tuple[str, ...]] = {}
    queue = list(names)
    while queue:
        name = queue.pop()
        found[name] = order[name]
        queue += [each for each in order[name] if each not in found]
    return found
