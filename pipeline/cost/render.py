"""Print an estimate, or a comparison of two, on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.cost.actual import Review
from pipeline.cost.diff import price_differences
from pipeline.cost.model import Range
from pipeline.cost.questions import QuestionPrice
from pipeline.cost.result import Estimate
from pipeline.cost.savings import Alternative, by_direction
from pipeline.cost.words import FREE_TIERS, price_summary, quantity, remarks, signed, unit_price, usd

# Narrower terminals get a table without quantities.
FULL_WIDTH = 150
# Room for the longest line of a price, "17 aws_cloudwatch_metric_alarm" among them.
LOG_WIDTH = 180
# Lines of a bill that are shown; --json has all.
MOST_DIFFERENT = 12


def show_estimate(
    estimate: Estimate, questions: QuestionPrice, alternatives: Sequence[Alternative], out: Console
) -> None:
    """Print lines by layer, totals, remarks, unpriced resources, and what other settings would change."""
    if not out.is_terminal:
        # Logs don't wrap, whatever width they report.
        out = Console(file=out.file, width=max(out.width, LOG_WIDTH), highlight=False)
    full = out.width >= FULL_WIDTH
    out.print(lines_table(estimate, full=full))
    if not full:
        out.print("Quantities, unit prices and free tiers need a wider window, or --json.")
    out.print(f"\n{escape(price_summary(estimate))}", soft_wrap=True)
    out.print(escape(questions.text), soft_wrap=True)
    for text in remarks(estimate):
        out.print(f"- {escape(text)}", soft_wrap=True)
    for each in estimate.unpriced:
        out.print(f"  unpriced: {escape(f'{each.place}: {each.reason}')}", soft_wrap=True)
    free = sum(each.count for each in estimate.free)
    out.print(f"- Free resources: {free}, by type {len(estimate.free)}; --json lists why.", markup=False)
    for text in FREE_TIERS:
        out.print(f"- {text}", markup=False)
    for heading, others in by_direction(alternatives):
        out.print(f"\n{heading}:", markup=False)
        for other in others:
            out.print(f"  {signed(other.difference.expected):>9} USD  {escape(other.setting)}", soft_wrap=True)


def lines_table(estimate: Estimate, *, full: bool) -> Table:
    """Table of every line under its layer; `full` adds quantity, unit price and free tier."""
    table = Table("resource", "what", box=None, pad_edge=False)
    for name in ("low", "expected", "high"):
        table.add_column(name, justify="right", no_wrap=True)
    if full:
        for name in ("quantity", "unit", "USD each", "free tier"):
            table.add_column(name, justify="right" if name in ("quantity", "USD each") else "left", no_wrap=True)
    for layer, amount in estimate.by_layer.items():
        table.add_row(f"[bold]{escape(layer)}[/bold]", "", *_bold(amount))
        for line in (each for each in estimate.lines if each.layer == layer):
            price = line.price
            worked_out = (quantity(line.quantity), price.unit, unit_price(price.usd), price.free_tier)
            row = (f"  {escape(line.label)}", escape(line.what), *_cells(line.cost))
            table.add_row(*row, *(worked_out if full else ()))
    table.add_row("[bold]total[/bold]", "", *_bold(estimate.total))
    return table


def show_difference(before: Estimate, after: Estimate, out: Console) -> None:
    """Print the differences between two estimates, the largest first."""
    table = Table("layer", "resource", "what", box=None, pad_edge=False)
    for name in (before.env, after.env, "change"):
        table.add_column(name, justify="right")
    for each in price_differences(before, after):
        row = (escape(each.layer), escape(each.label), escape(each.what))
        table.add_row(*row, usd(each.before.expected), usd(each.after.expected), signed(each.change.expected))
    change = after.expected - before.expected
    table.add_row("[bold]total[/bold]", "", "", usd(before.expected), usd(after.expected), signed(change))
    out.print(table)
    for estimate in (before, after):
        for text in remarks(estimate):
            out.print(f"- {escape(f'{estimate.env}: {text}')}", soft_wrap=True)


def show_review(found: Review, out: Console) -> None:
    """Print a bill beside the estimate: by layer, what differs most, and what carries no tag."""
    bill, (estimated, billed) = found.bill, found.total
    table = Table("layer", box=None, pad_edge=False)
    for name in ("estimate", "bill", "difference"):
        table.add_column(name, justify="right")
    for layer, (one, other) in found.by_layer.items():
        table.add_row(escape(layer or "(none named)"), usd(one), usd(other), signed(other - one))
    table.add_row("[bold]total[/bold]", usd(estimated), usd(billed), signed(billed - estimated))
    out.print(table)
    lines = Table("differs most", "layer", box=None, pad_edge=False)
    for name in ("estimate", "bill", "difference"):
        lines.add_column(name, justify="right")
    for each in found.lines[:MOST_DIFFERENT]:
        cells = usd(each.estimated), usd(each.billed), signed(each.difference)
        lines.add_row(escape(each.service), escape(each.layer), *cells)
    out.print()
    out.print(lines)
    last = bill.after - timedelta(days=1)
    out.print(f"\n- {bill.first} to {last}: estimate and bill are of the same days.", markup=False)
    if not bill.closed:
        out.print("- AWS hasn't closed this bill: figures still change.", markup=False)
    for text in remarks(found.estimate):
        out.print(f"- {escape(text)}", soft_wrap=True)
    rest = found.to_dict()["untagged_usd"]
    told = ", ".join(f"{name} {value:,.2f}" for name, value in [*rest.items()][:MOST_DIFFERENT])
    text = f"In the account without an environment's tag, whoever used it: {told or 'nothing'}."
    out.print(f"- {text}", markup=False, soft_wrap=True)


def _cells(amount: Range) -> tuple[str, str, str]:
    return usd(amount.low), usd(amount.expected), usd(amount.high)


def _bold(amount: Range) -> tuple[str, ...]:
    return tuple(f"[bold]{cell}[/bold]" for cell in _cells(amount))
