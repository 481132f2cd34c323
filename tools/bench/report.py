"""Print the results as the tables that docs/performance.md carries, and write them for programs."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from tools.bench.results import Row, Target

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
FIRST_TOKEN_MARKS = ("<!-- first-token:begin -->", "<!-- first-token:end -->")


def describe_machine() -> str:
    """Cores, system and versions that the figures were measured with; no name of a machine or user."""
    node = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
    parts = [f"{os.cpu_count()} cores", f"{platform.system()} {platform.machine()}"]
    parts += [f"Python {platform.python_version()}", f"Node {node.removeprefix('v')}"]
    parts += [f"{name} {version(name)}" for name in ("cdktf", "cdktf-cdktf-provider-aws", "jsii", "checkov")]
    return ", ".join(parts)


def results_markdown(command: str, where: str, measured: Sequence[Row], targets: Sequence[Target]) -> str:
    """Tables of cases and targets in Markdown, below the command that printed them."""
    lines = [f"Printed by `{command}` on {where}.", ""]
    lines += ["| whole process | runs | s, median | s, low to high | CPU s, median | peak MB, median |"]
    lines += ["|---|---|---|---|---|---|"]
    lines += [_line(row) for row in measured]
    lines += ["", "| target | at most | measured | |", "|---|---|---|---|"]
    for target in targets:
        value = "-" if target.value is None else f"{target.value:.3g} {target.unit}".strip()
        lines.append(f"| {target.name} | {target.limit:g} {target.unit}".rstrip() + f" | {value} | {target.verdict} |")
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    if row.seconds is None or row.cpu_seconds is None or row.peak_mb is None:
        return f"| {row.name} | 0 | not measured: {row.error} | | | |"
    seconds = f"{row.seconds.median:.2f} | {row.seconds.low:.2f} to {row.seconds.high:.2f}"
    return f"| {row.name} | {row.runs} | {seconds} | {row.cpu_seconds.median:.2f} | {row.peak_mb.median:.0f} |"


def write_results_json(
    path: Path, where: str, measured: Sequence[Row], targets: Sequence[Target], **more: object
) -> None:
    """Write all figures as JSON, for programs; `more` goes in under its names."""
    data = {
        "machine": where,
        "cases": [asdict(row) for row in measured],
        "targets": [{**asdict(target), "reached": target.reached} for target in targets],
        **more,
    }
    path.write_text(json.dumps(data, indent=2) + "\n")


def write_into(document: Path, tables: str, marks: tuple[str, str] = (BEGIN, END)) -> None:
    """Replace the text between the two marks of a document. Raises ValueError when it lacks them."""
    first, last = marks
    before, begin, rest = document.read_text().partition(first)
    _, end, after = rest.partition(last)
    if not begin or not end:
        raise ValueError(f"{document} lacks the marks {first} and {last}")
    document.write_text(f"{before}{first}\n{tables}{last}{after}")
