"""Write the report after a command has planned or applied."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.bundle import store
from pipeline.bundle.store import StoredBundle
from pipeline.console import step
from pipeline.report import LayerResult, ReportInput, write_report
from pipeline.report.bundles import from_bundle
from pipeline.report.kept_road import kept_road
from pipeline.session import Session
from pipeline.synth.layers import Synthesis
from terraform_json.state import outputs

if TYPE_CHECKING:
    from pipeline.scan import Verdict


def report_plan(session: Session, bundle: str, verdict: Verdict) -> Path:
    """Write the report of a new bundle and return the page's path."""
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
    """Write the report of applied `bundles`, with present outputs of the layers `done`; return the page's path.

    Without a verdict, scans again: a bundle keeps only the verdict's counts.
    """
    from pipeline.scan import gate

    with step("write the report"):
        found = [from_bundle(_stored(session, each), session.env, verdict=verdict) for each in bundles]
        data = merge_waves(found, left=left)
        data = replace(data, verdict=verdict or gate(data.synthesis, env=session.env))
        stored = {name: _outputs(session, data.synthesis, name) for name in done}
        return _render(session, replace(data, layers=mark_applied(data.layers, stored)))


def merge_waves(bundles: Sequence[ReportInput], *, left: Collection[str]) -> ReportInput:
    """Merge the waves of one deployment: each layer as in the last wave that planned it."""
    layers = {layer.name: layer for data in bundles for layer in data.layers}
    last = bundles[-1]
    steps = (f"sitechat plan --env {last.env_name}",) if left else (f"sitechat outputs --env {last.env_name}",)
    return replace(last, layers=tuple(layers.values()), next_steps=steps, cost_before=bundles[0].cost_before)


def mark_applied(layers: Sequence[LayerResult], stored: Mapping[str, Mapping[str, Any]]) -> tuple[LayerResult, ...]:
    """Add the outputs `stored` (by layer) to `layers`, and mark those layers as applied unless their plan was empty."""
    return tuple(
        replace(layer, outputs=stored[layer.name], status="applied" if layer.status == "planned" else layer.status)
        if layer.name in stored
        else layer
        for layer in layers
    )


def _outputs(session: Session, synthesis: Synthesis, name: str) -> dict[str, Any]:
    return dict(outputs(session.read_state(synthesis.layer(name))))


def _stored(session: Session, bundle: str) -> StoredBundle:
    return store.read_bundle(store.find_bundle(session.work.bundles(session.env.name), bundle), session.env.name)


def _render(session: Session, data: ReportInput) -> Path:
    road = kept_road(session.work, session.env.name)
    return write_report(replace(data, road=road), session.work.report(session.env.name))
