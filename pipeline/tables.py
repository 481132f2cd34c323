"""The tables that commands print."""

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from pipeline.bundle.changes import KINDS, Counts, stateful_losses
from pipeline.bundle.planner import LayerPlan

COLORS = {"add": "green", "change": "yellow", "replace": "magenta", "destroy": "red"}


def plan_table(plans: Sequence[LayerPlan]) -> Table:
    """One row a layer: what would be added, changed, replaced and destroyed, and what stands in the way."""
    table = Table("layer", *(f"[{COLORS[kind]}]{kind}[/]" for kind in KINDS), "", box=None, pad_edge=False)
    for column in table.columns[1:5]:
        column.justify = "right"
    for plan in plans:
        table.add_row(escape(plan.name), *_numbers(plan), escape(_note(plan)))
    return table


def plan_json(plan: LayerPlan) -> dict[str, object]:
    """The same as plain data."""
    counts = plan.counts
    return {
        "name": plan.name,
        "preview": plan.preview,
        "blocked": plan.blocked,
        "problem": plan.problem,
        **{kind: getattr(counts, kind) for kind in KINDS},
        "outputs": counts.outputs,
        "stateful_losses": list(stateful_losses(plan.plan)),
    }


def _numbers(plan: LayerPlan) -> list[str]:
    if plan.preview and not plan.plan:
        return ["?"] * len(KINDS)
    return [str(getattr(plan.counts, kind) or "·") for kind in KINDS]


def _note(plan: LayerPlan) -> str:
    if plan.problem:
        return f"preview failed: {plan.problem.splitlines()[-1]}"
    if plan.preview:
        return f"preview: {plan.blocked}"
    losses = stateful_losses(plan.plan)
    if losses:
        return f"destroys data: {', '.join(losses)}"
    return "only outputs change" if plan.counts == Counts(outputs=plan.counts.outputs) and plan.counts.any else ""
