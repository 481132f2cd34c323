"""Price by layer, before and after, for the page and the Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.cost.model import ZERO, Range
from pipeline.cost.words import signed, usd

if TYPE_CHECKING:
    from pipeline.cost import Estimate


@dataclass(frozen=True)
class PriceRow:
    """Price of one layer, or of all, before and after; `scale` is the amount of the longest bar."""

    layer: str
    before: Range
    after: Range
    scale: Decimal

    @property
    def change(self) -> str:
        """Change of the expected price; empty without one."""
        change = self.after.expected - self.before.expected
        return signed(change) if change else ""

    @property
    def widths(self) -> tuple[str, str]:
        """Lengths of the bars before and after, in percent."""
        was, will = (f"{100 * each.expected / self.scale:.1f}" for each in (self.before, self.after))
        return was, will


def price_rows(cost: Estimate, before: Estimate | None) -> tuple[PriceRow, ...]:
    """Rows of the layers in their order, then of removed layers, then of the total."""
    old, new = dict(before.by_layer) if before else {}, dict(cost.by_layer)
    scale = max([each.expected for each in (*old.values(), *new.values())], default=Decimal(0)) or Decimal(1)
    layers = {**new, **old}
    rows = [PriceRow(layer, old.get(layer, ZERO), new.get(layer, ZERO), scale) for layer in layers]
    total = before.total if before else ZERO
    return (*rows, PriceRow("total", total, cost.total, max(total.expected, cost.expected) or Decimal(1)))


def price_headline(cost: Estimate, before: Estimate | None) -> str:
    """The price in a few words, with the price before if it is known."""
    price = f"{usd(cost.expected)} USD a month"
    if before is None:
        return price
    change = cost.expected - before.expected
    return f"{price}, {usd(before.expected)} before ({signed(change) if change else 'no change'})"
