"""The verdict for people: findings by layer, each with what to change, waivers in one line each, problems first."""

from __future__ import annotations

from itertools import groupby

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.scan.model import Finding, Verdict


def show(verdict: Verdict, console: Console) -> None:
    """Print the whole verdict."""
    for problem in verdict.problems:
        console.print(f"[red]problem[/red] {escape(problem)}", soft_wrap=True)
    for layer, group in groupby(verdict.findings, key=lambda finding: finding.layer):
        findings = list(group)
        console.print(f"[bold]{escape(layer)}[/bold]: {_count(len(findings), 'finding')}")
        for address, broken in groupby(findings, key=lambda finding: finding.address):
            console.print(f"  {escape(address.partition('/')[2])}")
            console.print(_rules(list(broken)))
    for item in verdict.waived:
        waiver = item.waiver
        console.print(
            f"[dim]waived  {waiver.check} {escape(waiver.address)} until {waiver.expires.isoformat()} "
            f"by {escape(waiver.owner)}: {escape(waiver.reason)}[/dim]",
            soft_wrap=True,
        )
    console.print(summary(verdict), soft_wrap=True)


def summary(verdict: Verdict) -> str:
    """One line with the counts."""
    colour, word = ("green", "passed") if verdict.passed else ("red", "refused")
    return (
        f"[{colour}]scan {word}[/{colour}]: {escape(verdict.env)}, {_count(verdict.resources_seen, 'resource')}, "
        f"{_count(verdict.checks_run, 'check')}, {_count(len(verdict.findings), 'finding')}, "
        f"{len(verdict.waived)} waived, {_count(len(verdict.problems), 'problem')}"
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _rules(findings: list[Finding]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, min_width=18)
    table.add_column(overflow="fold")
    for finding in findings:
        text = escape(finding.title) + (f"\n[dim]fix: {escape(finding.fix)}[/dim]" if finding.fix else "")
        table.add_row(f"    {finding.check}", text)
    return table
