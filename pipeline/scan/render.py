"""Print the verdict: problems first, findings by layer with their fix, one line per waived decision, the counts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.errors import counted
from pipeline.scan.model import Finding, Verdict, Waiver


def show_verdict(verdict: Verdict, console: Console) -> None:
    """Print the whole verdict."""
    for problem in verdict.problems:
        console.print(f"[red]problem[/red] {escape(problem)}", soft_wrap=True)
    for layer, group in groupby(verdict.findings, key=lambda finding: finding.layer):
        findings = list(group)
        console.print(f"[bold]{escape(layer)}[/bold]: {counted(len(findings), 'finding')}")
        for address, broken in groupby(findings, key=lambda finding: finding.address):
            console.print(f"  {escape(address.partition('/')[2])}")
            console.print(_rules(list(broken)))
    for line in _waived(verdict):
        console.print(f"[dim]{escape(line)}[/dim]", soft_wrap=True)
    console.print(verdict_summary(verdict), soft_wrap=True)


def verdict_summary(verdict: Verdict) -> str:
    """The verdict and its counts in one line."""
    colour, word = ("green", "passed") if verdict.passed else ("red", "refused")
    return (
        f"[{colour}]scan {word}[/{colour}]: {escape(verdict.env)}, {counted(verdict.resources_seen, 'resource')}, "
        f"{counted(verdict.checks_run, 'check')}, {counted(len(verdict.findings), 'finding')}, "
        f"{len(verdict.waived)} waived, {counted(len(verdict.problems), 'problem')}"
    )


def _rules(findings: list[Finding]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, min_width=18)
    table.add_column(overflow="fold")
    for finding in findings:
        text = escape(finding.text) + (f"\n[dim]fix: {escape(finding.fix)}[/dim]" if finding.fix else "")
        table.add_row(f"    {finding.check}", text)
    return table


def _waived(verdict: Verdict) -> Iterator[str]:
    """One line per decision: a check is often waived on several resources for one reason."""
    groups: dict[tuple[str, str], list[Waiver]] = {}
    for item in verdict.waived:
        groups.setdefault((item.waiver.check, item.waiver.reason), []).append(item.waiver)
    for (check, reason), waivers in sorted(groups.items()):
        where = waivers[0].address if len(waivers) == 1 else counted(len(waivers), "resource")
        until = min(waiver.expires for waiver in waivers).isoformat()
        yield f"waived  {check} on {where} until {until} ({waivers[0].kind}): {reason}"
