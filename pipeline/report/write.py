"""The report of what a command has just planned or applied."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.bundle import store
from pipeline.bundle.store import Stored
from pipeline.console import step
from pipeline.report import LayerResult, ReportInput, render
from pipeline.report.bundles import from_bundle
from pipeline.session import Session
from pipeline.synth.layers import Synthesis
from terraform_json.state import outputs

if TYPE_CHECKING:
    from pipeline.scan import Verdict


def report_plan(session: Session, bundle: str, verdict: Verdict) -> Path:
    """Write the report of a bundle just made; returns the page."""
    with step("write the report"):
        return _render(session, from_bundle(_stored(session, bundle), session.env, verdict=verdict))


def report_applied(
    session: Session,
    bundles: Sequence[str],
    *,
    done: Collection[str],
    left: Collection[str],
    verdict: Verdict | None = None,
) -> Path:
    """Write the report of `bundles` after they were applied, with the outputs that the layers `done` have now.

    Without a verdict the scan is done again: a bundle keeps only its counts.
    """
    from pipeline.scan import gate

    with step("write the report"):
        found = [from_bundle(_stored(session, each), session.env, verdict=verdict) for each in bundles]
        data = merged(found, left=left)
        data = replace(data, verdict=verdict or gate(data.synthesis, env=session.env))
        stored = {name: _outputs(session, data.synthesis, name) for name in done}
        return _render(session, replace(data, layers=applied(data.layers, stored)))


def merged(bundles: Sequence[ReportInput], *, left: Collection[str]) -> ReportInput:
    """The waves of one deployment as one: each layer as the last wave has it that planned it."""
    layers = {layer.name: layer for data in bundles for layer in data.layers}
    last = bundles[-1]
    steps = (f"sitechat plan --env {last.env_name}",) if left else (f"sitechat outputs --env {last.env_name}",)
    return replace(last, layers=tuple(layers.values()), next_steps=steps, cost_before=bundles[0].cost_before)


def applied(layers: Sequence[LayerResult], stored: Mapping[str, Mapping[str, Any]]) -> tuple[LayerResult, ...]:
    """`layers`, where those with an entry in `stored`, their outputs, were applied unless their plan was empty."""
    return tuple(
        replace(layer, outputs=stored[layer.name], status="applied" if layer.status == "planned" else layer.status)
        if layer.name in stored
        else layer
        for layer in layers
    )


def _outputs(session: Session, synthesis: Synthesis, name: str) -> dict[str, Any]:
    return dict(outputs(session.opened(synthesis.layer(name)).state_pull()))


def _stored(session: Session, bundle: str) -> Stored:
    return store.read_bundle(store.find_bundle(session.work.bundles(session.env.name), bundle), session.env.name)


def _render(session: Session, data: ReportInput) -> Path:
    return render(data, session.work.report(session.env.name))
