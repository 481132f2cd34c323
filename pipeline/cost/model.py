"""Parts of an estimate: ranges, rows of a price table, and lines that can be checked by hand."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

CENT = Decimal("0.01")
HOURS = 730  # hours of a month as AWS counts them: 365 * 24 / 12

# Stands in place of a resource type in lines for tokens, which belong to no resource.
MODEL = "bedrock"

FreeTier = Literal["", "always", "legacy"]


@dataclass(frozen=True)
class Range:
    """A figure under low, expected and high usage."""

    low: Decimal
    expected: Decimal
    high: Decimal

    @classmethod
    def fixed(cls, value: Decimal | int) -> Range:
        """A range with the same figure under every usage."""
        same = Decimal(value)
        return cls(same, same, same)

    def __add__(self, other: Range) -> Range:
        return Range(self.low + other.low, self.expected + other.expected, self.high + other.high)

    def times(self, factor: Decimal | int) -> Range:
        """All three figures multiplied by `factor`."""
        return Range(self.low * factor, self.expected * factor, self.high * factor)

    def cents(self) -> Range:
        """All three figures rounded to cents, half up, as on a bill."""
        low, expected, high = (value.quantize(CENT, ROUND_HALF_UP) for value in (self.low, self.expected, self.high))
        return Range(low, expected, high)

    def most(self, limit: Decimal) -> Range:
        """All three figures, each limited to `limit` at most."""
        return Range(min(self.low, limit), min(self.expected, limit), min(self.high, limit))

    def to_dict(self) -> dict[str, float]:
        """The range as plain data, for --json."""
        return {"low": float(self.low), "expected": float(self.expected), "high": float(self.high)}


ZERO = Range.fixed(0)


@dataclass(frozen=True)
class Price:
    """One row of a price table."""

    key: str
    usd: Decimal
    unit: str
    source: str
    checked: bool
    free: FreeTier = ""
    free_quantity: Decimal = Decimal(0)

    @property
    def free_tier(self) -> str:
        """Kind and quantity of the free tier that applies; `FREE_TIERS` explains the kinds."""
        kind = {"": "credits", "always": "always", "legacy": "12 months"}[self.free]
        return f"{kind}: {self.free_quantity:,f}" if self.free else kind


@dataclass(frozen=True)
class Line:
    """Quantity times unit price, for all resources of a type in a layer that are charged alike.

    `usage` is true where the quantity depends on assumed usage, false where it doesn't.
    """

    layer: str
    addresses: tuple[str, ...]
    what: str
    quantity: Range
    price: Price
    usage: bool

    @property
    def label(self) -> str:
        """The type and the number of its resources; the id of a model."""
        kind, _, name = self.addresses[0].partition(".")
        if kind == MODEL:
            return name
        return kind if len(self.addresses) == 1 else f"{len(self.addresses)} {kind}"

    @property
    def cost(self) -> Range:
        """Price of the line, rounded to cents, so that the lines shown add up to the total shown."""
        return self.quantity.times(self.price.usd).cents()

    def to_dict(self) -> dict[str, Any]:
        """The line as plain data, for --json."""
        return {
            "layer": self.layer,
            "addresses": list(self.addresses),
            "what": self.what,
            "kind": "usage" if self.usage else "fixed",
            "quantity": self.quantity.to_dict(),
            "unit": self.price.unit,
            "unit_usd": float(self.price.usd),
            "usd": self.cost.to_dict(),
            "free_tier": self.price.free_tier,
            "source": self.price.source,
            "checked": self.price.checked,
        }


@dataclass(frozen=True)
class Unpriced:
    """A resource without a known price: the true total is higher than the one shown."""

    layer: str
    address: str
    reason: str

    @property
    def place(self) -> str:
        """LAYER/ADDRESS, as options and `[[cost.accepted]]` name it."""
        return f"{self.layer}/{self.address}"


@dataclass(frozen=True)
class Stated(Unpriced):
    """An unpriced resource whose monthly figure the configuration states; `source` says where that comes from."""

    usd: Decimal
    source: str


@dataclass(frozen=True)
class Free:
    """A resource type that AWS doesn't charge for, the number of its resources and the reason."""

    type: str
    count: int
    reason: str
