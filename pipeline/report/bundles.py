"""Build report inputs from a bundle, or from the synthesised layers alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from local_aws import UNCOVERED
from pipeline.bundle.store import StoredBundle
from pipeline.clock import now, stamp
from pipeline.cost import estimate
from pipeline.cost.before import resources_before
from pipeline.cost.context import resources_of
from pipeline.cost.estimate import estimate_resources
from pipeline.report.model import LayerResult, LayerStatus, ReportInput
from pipeline.scan.model import Verdict
from pipeline.synth.layers import Synthesis
from terraform_json.plan import does_something, managed_changes

if TYPE_CHECKING:
    from config import Environment


def planned_layer(name: str, plan: Mapping[str, Any], *, preview: bool) -> LayerResult:
    """A layer with its plan. Outputs are those whose values the plan knows."""
    changes = any(does_something(each["change"]["actions"]) for each in managed_changes(plan))
    status: LayerStatus = "preview" if preview else "planned" if changes else "unchanged"
    outputs = plan.get("planned_values", {}).get("outputs", {})
    known = {name: output for name, output in outputs.items() if "value" in output}
    return LayerResult(name, status, plan, known)


def from_bundle(stored: StoredBundle, env: Environment, *, verdict: Verdict | None) -> ReportInput:
    """Report input of a bundle: its plans, price before and after. Layers without a plan count as synthesised."""
    manifest = stored.manifest
    layers = tuple(
        planned_layer(layer.name, plan, preview=layer.preview)
        for layer in manifest.layers
        if (plan := stored.plan(layer.name))
    )
    plans = {layer.name: layer.plan for layer in layers if layer.plan}
    applicable = any(layer.status == "planned" for layer in layers)
    return ReportInput(
        env_name=env.name,
        account_id=manifest.account,
        region=manifest.region,
        commit=manifest.commit,
        created=manifest.created,
        synthesis=stored.synthesis,
        verdict=verdict,
        layers=layers,
        uncovered=UNCOVERED if env.emulated else {},
        next_steps=(f"sitechat apply {stored.id} --env {env.name}",) if applicable else (),
        cost=estimate(stored.synthesis, env),
        cost_before=estimate_resources(resources_before(resources_of(stored.synthesis), plans), env, deployed=True),
    )


def from_synthesis(synthesis: Synthesis, env: Environment, *, commit: str, verdict: Verdict | None) -> ReportInput:
    """Report input of synthesised layers that were not planned, with their price."""
    return ReportInput(
        env_name=env.name,
        account_id=env.account_id,
        region=env.region,
        commit=commit,
        created=stamp(now()),
        synthesis=synthesis,
        verdict=verdict,
        uncovered=UNCOVERED if env.emulated else {},
        next_steps=(f"sitechat plan --env {env.name}",),
        cost=estimate(synthesis, env),
    )
