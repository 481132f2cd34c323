"""What the doctor says about one thing it looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rich.markup import escape

from pipeline.console import out

Light = Literal["green", "yellow", "red"]
# A log has no colours.
SIGNS: dict[Light, str] = {"green": "✓", "yellow": "!", "red": "✗"}


@dataclass(frozen=True)
class Diagnosis:
    """One thing looked at; `fix` is what to do about it.

    Red stops a deployment, or costs it an hour; yellow is still to come, or could not be looked at.
    """

    name: str
    light: Light
    detail: str
    fix: str = ""


def print_finding(finding: Diagnosis) -> None:
    """One line for people, and what to do about it below."""
    out.print(f"[{finding.light}]{SIGNS[finding.light]}[/] {finding.name}: {escape(finding.detail)}", soft_wrap=True)
    if finding.fix:
        out.print(f"  {escape(finding.fix)}", soft_wrap=True)
