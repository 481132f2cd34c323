"""Apply a bundle: exactly the plans that were reviewed, or nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.bundle import store
from pipeline.bundle.build import versions
from pipeline.bundle.checks import BundleContext, Refusal, StateNow, check_bundle, check_state, refuse
from pipeline.bundle.guard import refuse_losses, stateful_losses
from pipeline.bundle.history import remember_applied
from pipeline.bundle.store import Stored
from pipeline.bundle.transport import fetch_bundle
from pipeline.clock import now
from pipeline.console import Step, step
from pipeline.errors import SitechatError
from pipeline.planning.digests import upstream_digest
from pipeline.planning.planner import values_read
from pipeline.planning.waves import Settled, settle
from pipeline.session import Session
from pipeline.synth.references import outputs_read
from pipeline.terraform import Terraform
from pipeline.terraform.graph import run_graph
from terraform_json.plan import Counts, count
from terraform_json.state import lineage_and_serial


@dataclass(frozen=True)
class Applied:
    """What an apply did, by layer, and the layers that were only previewed and come next."""

    id: str
    done: Mapping[str, Counts]
    left: tuple[str, ...]

    @property
    def resources(self) -> int:
        """Resources that were added, changed, replaced or destroyed."""
        return sum(counts.resources for counts in self.done.values())


@dataclass
class _Run:
    """One apply in progress."""

    session: Session
    bundle: Stored
    report: Step
    states: dict[str, Settled] = field(default_factory=dict)

    def terraform(self, name: str) -> Terraform:
        """Terraform on the bundle's own copy of the layer."""
        layer = self.bundle.synthesis.layer(name)
        return self.session.opened(layer, lambda text: self.report.update(f"{name}: {text}"))

    def read_state(self, name: str) -> dict[str, Any] | None:
        """Read a layer's state and remember what it hands on."""
        state = self.terraform(name).state_pull()
        self.states[name] = settle({}, state, preview=False)
        return state

    def refusals(self, name: str) -> list[Refusal]:
        """Compare a layer with what it was planned from. What it reads must have been looked at."""
        state = self.read_state(name) or {}
        planned = next((each for each in self.bundle.manifest.layers if each.name == name), None)
        if planned is None:
            return []
        current = StateNow(*lineage_and_serial(state), self.upstream(name))
        return check_state(planned, current) if not planned.preview else []

    def upstream(self, name: str) -> str:
        """The hash of what a layer reads now; of nothing when an output it needs is gone."""
        needed = outputs_read(self.bundle.synthesis.layer(name), self.bundle.synthesis.layers)
        gone = any(output not in self.states[up].outputs for up, outputs in needed.items() for output in outputs)
        return "" if gone else upstream_digest(values_read(needed, self.states))

    def apply(self, name: str) -> Counts:
        """Apply one layer's plan. What it reads is compared again: its upstream may have been applied just now."""
        counts = count(self.bundle.plan(name))
        if not counts.any:
            return counts
        planned = next(each for each in self.bundle.manifest.layers if each.name == name)
        for upstream in outputs_read(self.bundle.synthesis.layer(name), self.bundle.synthesis.layers):
            self.read_state(upstream)
        if planned.upstream_sha256 != self.upstream(name):
            reason = "an upstream layer handed on other values than planned; what was applied before stays"
            refuse([Refusal(f"layers.{name}.upstream_sha256", reason)], self.session.env.name)
        self.report.update(f"{name}: applying")
        self.terraform(name).apply(self.bundle.dir / name / "tfplan", total=counts.resources)
        self.report.note(f"{name}: {counts.resources} resources changed")
        return counts


def apply(session: Session, wanted: str, *, allow: Collection[str] = ()) -> Applied:
    """Apply bundle `wanted` (an id or "latest"). Everything is checked before anything is changed.

    One that another machine published is fetched from the state bucket first.

    Raises SitechatError: 5 for a bundle that is stale, altered, incomplete, expired or made for something else, and
    for stateful resources it would destroy without `allow`. The bundle is remembered: its previews have been reviewed.
    """
    return apply_stored(session, fetch_bundle(session, wanted), allow=allow)


def apply_stored(session: Session, bundle: Stored, *, allow: Collection[str] = ()) -> Applied:
    """Apply a bundle that was read. Raises SitechatError as `apply` does."""
    env = session.env
    refuse(check_bundle(bundle.manifest, bundle.seal, bundle.id, context(session, bundle)), env.name)
    layers = tuple(each.name for each in bundle.manifest.layers if not each.preview)
    losses = {name: stateful_losses(bundle.plan(name)) for name in layers}
    refuse_losses(losses, allow, env)
    with step(f"check that bundle {bundle.id} is up to date") as progress:
        run = _Run(session, bundle, progress)
        order = {layer.name: layer.dependencies for layer in bundle.synthesis.layers}
        refuse(
            [each for found in run_graph(_with_upstream(order, layers), run.refusals).values() for each in found],
            env.name,
        )
    with step(f"apply {len(layers)} layers of {env.name}") as progress:
        run.report = progress
        done = run_graph({name: order[name] for name in layers}, run.apply)
    left = tuple(each.name for each in bundle.manifest.layers if each.preview)
    remember_applied(bundle)
    return Applied(bundle.id, {name: done[name] for name in layers}, left)


def context(session: Session, bundle: Stored) -> BundleContext:
    """What the bundle is compared with. Raises SitechatError (5) for synthesised files that can't be read."""
    try:
        synth_sha256, found = bundle.synthesis.sha256, versions(session, bundle.synthesis)
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


def _with_upstream(order: Mapping[str, tuple[str, ...]], names: Collection[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    queue = list(names)
    while queue:
        name = queue.pop()
        found[name] = order[name]
        queue += [each for each in order[name] if each not in found]
    return found
