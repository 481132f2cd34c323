"""The price as the page and the Markdown show it: layer by layer, beside what the layer costs now."""

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
    """One layer, or the total, before and after; `scale` is what the longest bar stands for."""

    layer: str
    before: Range
    after: Range
    scale: Decimal

    @property
    def change(self) -> str:
        """The change of the expected price; empty for none."""
        change = self.after.expected - self.before.expected
        return signed(change) if change else ""

    @property
    def widths(self) -> tuple[str, str]:
        """Lengths of the two bars in percent."""
        was, will = (f"{100 * each.expected / self.scale:.1f}" for each in (self.before, self.after))
        return was, will


def price_rows(cost: Estimate, before: Estimate | None) -> tuple[PriceRow, ...]:
    """Layers in their order, those that only were there last, and the total."""
    old, new = dict(before.by_layer) if before else {}, dict(cost.by_layer)
    scale = max([each.expected for each in (*old.values(), *new.values())], default=Decimal(0)) or Decimal(1)
    layers = {**new, **old}
    rows = [PriceRow(layer, old.get(layer, ZERO), new.get(layer, ZERO), scale) for layer in layers]
    total = before.total if before else ZERO
    return (*rows, PriceRow("total", total, cost.total, max(total.expected, cost.expected) or Decimal(1)))


def headline(cost: Estimate, before: Estimate | None) -> str:
    """The price in a few words, with the one before where there is one."""
    price = f"{usd(cost.expected)} USD a month"
    if before is None:
        return price
    change = cost.expected - before.expected
    return f"{price}, {usd(before.expected)} before ({signed(change) if change else 'no change'})"
