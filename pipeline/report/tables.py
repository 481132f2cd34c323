"""Tables of plans and differences that commands print, and the same as plain data."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from pipeline.bundle.guard import stateful_losses
from pipeline.bundle.reviewed import ReviewDifference, ReviewedPreviews
from pipeline.planning.planner import LayerPlan
from terraform_json.plan import CHANGE_KINDS, Counts

COLORS = {"add": "green", "change": "yellow", "replace": "magenta", "destroy": "red"}
# Longest value in a table, in characters; --json has longer ones whole.
WIDTH = 60


def plan_table(plans: Sequence[LayerPlan]) -> Table:
    """Table with a row per layer: numbers added, changed, replaced and destroyed, and a note on problems."""
    table = Table("layer", *(f"[{COLORS[kind]}]{kind}[/]" for kind in CHANGE_KINDS), "", box=None, pad_edge=False)
    for column in table.columns[1:5]:
        column.justify = "right"
    for plan in plans:
        table.add_row(escape(plan.name), *_numbers(plan), escape(_note(plan)))
    return table


def differences_table(differences: Sequence[ReviewDifference]) -> Table:
    """Table with a row per difference from the review."""
    table = Table("layer", "resource", "attribute", "reviewed", "planned", box=None, pad_edge=False)
    for column in table.columns:
        column.overflow = "fold"
    for each in differences:
        attribute = each.attribute or "(the whole)"
        table.add_row(*map(escape, (each.layer, each.address, attribute, _cut(each.reviewed), _cut(each.planned))))
    return table


def reviewed_json(before: ReviewedPreviews | None, plans: Sequence[LayerPlan]) -> dict[str, object] | None:
    """Bundle whose previews `plans` are compared with, and the differences, for --json; None without such a bundle."""
    if before is None:
        return None
    return {"bundle": before.id, "differences": [vars(each) for each in before.differences(plans)]}


def plan_json(plan: LayerPlan) -> dict[str, object]:
    """A layer's plan as plain data, for --json."""
    counts = plan.counts
    return {
        "name": plan.name,
        "preview": plan.preview,
        "blocked": plan.blocked,
        "problem": plan.problem,
        **{kind: getattr(counts, kind) for kind in CHANGE_KINDS},
        "outputs": counts.outputs,
        "stateful_losses": list(stateful_losses(plan.plan)),
    }


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"


def _numbers(plan: LayerPlan) -> list[str]:
    if plan.preview and not plan.plan:
        return ["?"] * len(CHANGE_KINDS)
    return [str(getattr(plan.counts, kind) or "·") for kind in CHANGE_KINDS]


def _reason(problem: str) -> str:
    """What went wrong, in a line: Terraform's first error, behind the line that says that it failed."""
    told, *details = [line.strip() for line in problem.splitlines() if line.strip()]
    return details[0] if details else told


def _note(plan: LayerPlan) -> str:
    if plan.problem:
        return f"preview failed: {_reason(plan.problem)}"
    if plan.preview:
        return f"preview: {plan.blocked}"
    losses = stateful_losses(plan.plan)
    if losses:
        return f"destroys data: {', '.join(losses)}"
    return "only outputs change" if plan.counts == Counts(outputs=plan.counts.outputs) and plan.counts.any else ""
