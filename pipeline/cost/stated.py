"""Monthly figures that an environment's file states for what has no price here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.cost.model import Line, Price, Range, Stated, Unpriced

if TYPE_CHECKING:
    from config import Environment

SOURCE = "stated in the environment's file, [[cost.accepted]]"


@dataclass(frozen=True)
class Sums:
    """Lines with those of stated figures, what still has no price, and figures for what needs none."""

    lines: tuple[Line, ...]
    unpriced: tuple[Unpriced, ...]
    stated: tuple[Stated, ...]
    stale: tuple[str, ...]


def with_stated_figures(env: Environment, lines: Iterable[Line], unpriced: Iterable[Unpriced]) -> Sums:
    """Turn what has no price, and a stated figure, into a line of its own.

    A figure for what is priced, or isn't there, is stale: it doesn't count.
    """
    figures = {each.address: each for each in env.cost.accepted}
    missing = tuple(unpriced)
    stated = tuple(
        Stated(each.layer, each.address, each.reason, Decimal(str(figure.monthly_usd)), figure.reason)
        for each in missing
        if (figure := figures.get(each.place))
    )
    places = {each.place for each in stated}
    return Sums(
        lines=(*lines, *map(_line, stated)),
        unpriced=tuple(each for each in missing if each.place not in places),
        stated=stated,
        stale=tuple(address for address in figures if address not in places),
    )


def _line(stated: Stated) -> Line:
    price = Price(f"stated.{stated.place}", stated.usd, "month", f"{SOURCE}: {stated.source}", checked=True)
    return Line(stated.layer, (stated.address,), "stated, not priced", Range.fixed(1), price, usage=False)
