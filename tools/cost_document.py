"""Update the figures in docs/cost.md: `python -m tools.cost_document`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.cost.assumptions import ASSUMPTIONS
from pipeline.cost.context import resources_of
from pipeline.cost.estimate import estimate
from pipeline.cost.questions import QuestionPrice, price_of_questions
from pipeline.cost.result import Estimate
from pipeline.cost.savings import Alternative, alternatives, by_direction
from pipeline.cost.words import price_summary, quantity, remarks, signed, unit_price, usd
from pipeline.work import repo_root

PATH = repo_root() / "docs" / "cost.md"
ENV = "dev"
_BLOCK = re.compile(r"(<!-- figures: [^\n]*-->\n).*?(<!-- end of figures -->)", re.DOTALL)
_TABLE = re.compile(r"(<!-- assumptions: [^\n]*-->\n).*?(<!-- end of assumptions -->)", re.DOTALL)


def with_figures(text: str, priced: Estimate, questions: QuestionPrice, others: Sequence[Alternative]) -> str:
    """The document's text with new figures and assumptions between its markers."""
    figures = "\n".join(_figures(priced, questions, others))
    rows = "\n".join(f"| {what} | {assumed} |" for what, assumed in ASSUMPTIONS)
    text = _TABLE.sub(lambda found: f"{found[1]}\n| what | assumed |\n|---|---|\n{rows}\n\n{found[2]}", text)
    return _BLOCK.sub(lambda found: f"{found[1]}\n{figures}\n\n{found[2]}", text)


def _figures(priced: Estimate, questions: QuestionPrice, others: Sequence[Alternative]) -> Iterator[str]:
    yield f"**{price_summary(priced)}**\n"
    yield f"{questions.text}\n"
    yield from (f"- {text}" for text in remarks(priced))
    yield "\n| layer | resource | what | quantity | unit | USD each | low | expected | high | free tier |"
    yield "|---|---|---|--:|---|--:|--:|--:|--:|---|"
    for line in priced.lines:
        amount = line.cost
        cells = (
            line.layer,
            line.label,
            line.what,
            quantity(line.quantity),
            line.price.unit,
            unit_price(line.price.usd),
            *(usd(each) for each in (amount.low, amount.expected, amount.high)),
            line.price.free_tier,
        )
        yield f"| {' | '.join(cells)} |"
    total = priced.total
    yield f"| total | | | | | | {usd(total.low)} | {usd(total.expected)} | {usd(total.high)} | |"
    for heading, found in by_direction(others):
        yield f"\n{heading}:\n"
        yield "| setting | USD a month |\n|---|--:|"
        yield from (f"| `{each.setting}` | {signed(each.difference.expected)} |" for each in found)


def main(path: Path = PATH) -> None:
    """Synthesise `ENV` and write its figures into the document at `path`."""
    from config import load
    from pipeline.synth.run import synthesise

    env = load(ENV)
    synthesis = synthesise(env, env_ref=ENV)
    questions = price_of_questions(resources_of(synthesis), env)
    found = alternatives(synthesis, env)
    text = with_figures(path.read_text(encoding="utf-8"), estimate(synthesis, env), questions, found)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
