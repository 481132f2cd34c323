"""Read the price table of a region."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

from pipeline.cost.model import Price

# Region whose table prices environments in regions without one; the estimate is then marked incomplete.
FALLBACK = "us-east-1"


class NoPriceError(Exception):
    """The table lacks a price; the message says which."""


@dataclass(frozen=True)
class PriceTable:
    """Prices of one region by key."""

    region: str
    date: str
    prices: Mapping[str, Price]

    def price(self, key: str) -> Price:
        """The price under `key`. Raises NoPriceError."""
        if key not in self.prices:
            raise NoPriceError(f"the table of {self.region} has no price {key!r}")
        return self.prices[key]


@cache
def price_table(region: str) -> PriceTable:
    """The price table of `region`, or of `FALLBACK` where there is none; its `region` tells which."""
    folder = files("pipeline.cost.prices")
    file = folder / f"{region}.toml"
    if not file.is_file():
        file = folder / f"{FALLBACK}.toml"
    data = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    prices = {key: _price(key, row, data["source"]) for key, row in data["price"].items()}
    return PriceTable(data["region"], data["date"].isoformat(), prices)


def _price(key: str, row: Mapping[str, object], sources: Mapping[str, str]) -> Price:
    return Price(
        key=key,
        usd=Decimal(str(row["usd"])),
        unit=str(row["unit"]),
        source=sources[str(row["source"])],
        checked=row["checked"] is True,
        free=row.get("free", ""),  # type: ignore[arg-type]  # a test holds the tables to the three kinds
        free_quantity=Decimal(str(row.get("free_quantity", 0))),
    )
