"""The estimate of an environment: all its lines and their totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pipeline.cost.model import ZERO, Free, Line, Range, Stated, Unpriced


@dataclass(frozen=True)
class Estimate:
    """The price of an environment a month, as it runs after its first release."""

    env: str
    region: str
    emulated: bool
    table_region: str
    table_date: str
    lines: tuple[Line, ...]
    unpriced: tuple[Unpriced, ...]
    free: tuple[Free, ...]
    budget_usd: int | None
    ceiling_usd: int | None
    stated: tuple[Stated, ...] = ()
    stale: tuple[str, ...] = ()
    accepted: frozenset[str] = frozenset()
    state_backend_usd: Decimal | None = None
    parked: bool = False

    @property
    def total(self) -> Range:
        """Sum of all lines."""
        return _sum(self.lines)

    @property
    def low(self) -> Decimal:
        """Total under low usage."""
        return self.total.low

    @property
    def expected(self) -> Decimal:
        """Total under expected usage."""
        return self.total.expected

    @property
    def high(self) -> Decimal:
        """Total under high usage."""
        return self.total.high

    @property
    def by_layer(self) -> Mapping[str, Range]:
        """Sum by layer, in the order of the layers' first lines."""
        layers = dict.fromkeys(line.layer for line in self.lines)
        return {layer: _sum(tuple(line for line in self.lines if line.layer == layer)) for layer in layers}

    @property
    def always_free(self) -> Range:
        """Saving by always-free quantities, if nothing else in the account uses them."""
        saved = ZERO
        for key in dict.fromkeys(line.price.key for line in self.lines if line.price.free == "always"):
            lines = [line for line in self.lines if line.price.key == key]
            quantity = sum((line.quantity for line in lines), ZERO)
            saved += quantity.most(lines[0].price.free_quantity).times(lines[0].price.usd)
        return saved.cents()

    @property
    def unaccepted(self) -> tuple[Unpriced, ...]:
        """What has no price, unless its figure is stated and somebody accepted it (`accepted`, LAYER/ADDRESS)."""
        return (*self.unpriced, *(each for each in self.stated if each.place not in self.accepted))

    @property
    def complete(self) -> bool:
        """Whether everything has a price, or a stated figure that was accepted."""
        return not self.unaccepted

    @property
    def ceiling_exceeded(self) -> bool:
        """Whether the expected price is above the price ceiling."""
        return self.ceiling_usd is not None and self.expected > self.ceiling_usd

    @property
    def ceiling_setting(self) -> str:
        """Name of the setting that gives the ceiling: the budget's, unless a ceiling of its own is set."""
        return "budget.monthly_usd" if self.ceiling_usd == self.budget_usd else "cost.ceiling_usd"

    @property
    def over_budget(self) -> bool:
        """Whether the expected price is above the budget."""
        return self.budget_usd is not None and self.expected > self.budget_usd

    def to_dict(self) -> dict[str, Any]:
        """The object `sitechat cost --json` prints."""
        return {
            "env": self.env,
            "region": self.region,
            "price_table": {"region": self.table_region, "date": self.table_date},
            "complete": self.complete,
            "currency": "USD",
            "usd": self.total.to_dict(),
            "always_free_usd": self.always_free.to_dict(),
            "layers": {name: amount.to_dict() for name, amount in self.by_layer.items()},
            "lines": [line.to_dict() for line in self.lines],
            "unpriced": [{"layer": x.layer, "address": x.address, "reason": x.reason} for x in self.unpriced],
            "stated": [
                {"layer": x.layer, "address": x.address, "reason": x.reason, "usd": float(x.usd), "source": x.source}
                for x in self.stated
            ],
            "stale": list(self.stale),
            "state_backend_usd": None if self.state_backend_usd is None else float(self.state_backend_usd),
            "accepted": sorted(self.accepted),
            "free": [{"type": each.type, "count": each.count, "reason": each.reason} for each in self.free],
            "budget_usd": self.budget_usd,
            "over_budget": self.over_budget,
            "ceiling_usd": self.ceiling_usd,
            "ceiling_exceeded": self.ceiling_exceeded,
        }


def _sum(lines: tuple[Line, ...]) -> Range:
    return sum((line.cost for line in lines), ZERO)
