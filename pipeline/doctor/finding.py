"""The doctor's finding about one subject, and how it is printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rich.markup import escape

from pipeline.console import out

Light = Literal["green", "yellow", "red"]
# Signs beside the colours, because logs have none.
SIGNS: dict[Light, str] = {"green": "✓", "yellow": "!", "red": "✗"}


@dataclass(frozen=True)
class Diagnosis:
    """Finding about one subject; `fix` is what to do about it.

    Red stops a deployment, or costs it an hour; yellow will be created later, or could not be examined.
    """

    name: str
    light: Light
    detail: str
    fix: str = ""


def print_diagnosis(finding: Diagnosis) -> None:
    """Print the finding in one line, and its fix below."""
    sign = f"[{finding.light}]{SIGNS[finding.light]}[/]"
    out.print(sign + escape(f" {finding.name}: {finding.detail}"))
    if finding.fix:
        out.print(f"  {escape(finding.fix)}", soft_wrap=True)
