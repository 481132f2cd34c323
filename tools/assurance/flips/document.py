"""Writer of docs/security-flips.md: numbers of flips, of caught ones, and the survivors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.work import repo_root
from tools.assurance.flips.trial import Outcome

_INTRODUCTION = """\
# Security attributes, flipped one at a time

<!-- Written by `python -m tools.assurance.flips`; a test of `make test-slow` compares it. -->

Whatever protects something in production is flipped in a copy of its synthesised configuration, one attribute at a
time, and the scan gate looks at each copy. A flip is caught when a rule or proof refuses the copy that let the original
pass, and names the attribute that was flipped. That the list of addresses changed doesn't count.

What is flipped comes from the provider's schema (`tools/assurance/flips/schema.txt`) by the names and types that
`tools/assurance/flips/criterion.py` lists, and from the fields of policy statements and container definitions. Of
several places and weaker values a fixed seed draws one. `python -m tools.assurance.flips` does it all again in a few
minutes, `--seed NUMBER` draws other places, `--refresh` asks the provider for its schema (needs Terraform).
"""


def flips_page() -> Path:
    """Path of docs/security-flips.md."""
    return repo_root() / "docs" / "security-flips.md"


def flips_markdown(outcomes: Sequence[Outcome], reasons: Mapping[str, str]) -> str:
    """Page from the outcomes of all flips; `reasons` are those of the listed survivors."""
    every, caught = (
        Counter(each.flip.kind for each in outcomes),
        Counter(each.flip.kind for each in outcomes if each.caught),
    )
    types = [f"| `{kind}` | {count} | {caught[kind]} |" for kind, count in sorted(every.items())]
    left = [each for each in outcomes if not each.caught]
    survived = [
        f"| `{each.flip.id}` | {_code(each.flip.change)} | {', '.join(each.others) or '-'} "
        f"| {reasons.get(each.flip.id, '**not listed in survivors.toml**')} |"
        for each in sorted(left, key=lambda each: each.flip.id)
    ]
    return "\n".join(
        (
            _INTRODUCTION,
            "## Figures",
            "",
            figures_line(outcomes),
            "",
            "| resource type | flips | caught |",
            "|---|---:|---:|",
            *types,
            "",
            "## Survivors",
            "",
            "| flip | to | refused without its name by | why it may survive |",
            "|---|---|---|---|",
            *survived,
            "",
        )
    )


def figures_line(outcomes: Sequence[Outcome]) -> str:
    """Numbers of flips, types and caught flips, in one line."""
    caught = sum(each.caught for each in outcomes)
    kinds = len({each.flip.kind for each in outcomes})
    share = 100 * caught / len(outcomes)
    return f"{len(outcomes)} flips in {kinds} resource types, {caught} caught by name: {share:.1f} %."


def _code(change: str) -> str:
    return change if change == "removed" else f"`{change}`"
