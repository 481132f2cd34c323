"""Compare two estimates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.cost.model import ZERO, Line, Range
from pipeline.cost.result import Estimate


@dataclass(frozen=True)
class PriceDifference:
    """Price of one layer, type and purpose in both estimates; zero in an estimate without it."""

    layer: str
    label: str
    what: str
    before: Range
    after: Range

    @property
    def change(self) -> Range:
        """After minus before."""
        return self.after + self.before.times(-1)

    def to_dict(self) -> dict[str, Any]:
        """The difference as plain data, for --json."""
        return {
            "layer": self.layer,
            "resource": self.label,
            "what": self.what,
            "before_usd": self.before.to_dict(),
            "after_usd": self.after.to_dict(),
            "change_usd": self.change.to_dict(),
        }


def price_differences(before: Estimate, after: Estimate) -> tuple[PriceDifference, ...]:
    """Differences in the expected price, the largest first."""
    old, new = _by_key(before), _by_key(after)
    found = [PriceDifference(*key, old.get(key, ZERO), new.get(key, ZERO)) for key in dict.fromkeys((*old, *new))]
    return tuple(sorted((each for each in found if each.change.expected), key=lambda each: -abs(each.change.expected)))


def _by_key(estimate: Estimate) -> dict[tuple[str, str, str], Range]:
    """Amounts by layer, type and purpose: another number of resources is a difference in price, not another key."""
    amounts: dict[tuple[str, str, str], Range] = {}
    for line in estimate.lines:
        key = (line.layer, _type(line), line.what)
        amounts[key] = amounts.get(key, ZERO) + line.cost
    return amounts


def _type(line: Line) -> str:
    return line.label.rpartition(" ")[2]
