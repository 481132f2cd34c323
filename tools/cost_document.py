"""Update the figures in docs/cost.md: `python -m tools.cost_document`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.cost.estimate import estimate
from pipeline.cost.result import Estimate
from pipeline.cost.savings import Alternative, alternatives
from pipeline.cost.words import price_summary, quantity, remarks, signed, unit_price, usd
from pipeline.work import repo_root

PATH = repo_root() / "docs" / "cost.md"
ENV = "dev"
_BLOCK = re.compile(r"(<!-- figures: [^\n]*-->\n).*?(<!-- end of figures -->)", re.DOTALL)


def with_figures(text: str, priced: Estimate, others: Sequence[Alternative]) -> str:
    """The document's text with new figures between its markers."""
    figures = "\n".join(_figures(priced, others))
    return _BLOCK.sub(lambda found: f"{found[1]}\n{figures}\n\n{found[2]}", text)


def _figures(priced: Estimate, others: Sequence[Alternative]) -> Iterator[str]:
    yield f"**{price_summary(priced)}**\n"
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
    yield "\nWhat would change the expected price:\n"
    yield "| setting | USD a month |\n|---|--:|"
    yield from (f"| `{each.setting}` | {signed(each.difference.expected)} |" for each in others)


def main(path: Path = PATH) -> None:
    """Synthesise `ENV` and write its figures into the document at `path`."""
    from config import load
    from pipeline.synth.run import synthesise

    env = load(ENV)
    synthesis = synthesise(env, env_ref=ENV)
    text = with_figures(path.read_text(encoding="utf-8"), estimate(synthesis, env), alternatives(synthesis, env))
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
