"""Read the price table of a region."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator, model_validator

from config.checks import StrictModel
from pipeline.cost.model import FreeTier, Price

# Region whose table prices environments in regions without one; the estimate is then marked incomplete.
FALLBACK = "us-east-1"
# The free tier as the tables describe it began on this day; older figures stand beside another one.
EARLIEST = datetime.date(2025, 7, 15)

# TOML writes whole amounts without a point.
Amount = Annotated[Decimal, BeforeValidator(lambda given: Decimal(given) if type(given) is int else given)]
Text = Annotated[str, Field(min_length=1, pattern=r"^\S(.*\S)?$")]


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


class PriceSource(StrictModel):
    """A page or price list of AWS, or another public source, and the day its figures were read."""

    name: Text
    url: Annotated[str, Field(pattern=r"^https://[a-z0-9.-]+/\S*$")]
    date: datetime.date

    @field_validator("date")
    @classmethod
    def is_plausible(cls, value: datetime.date) -> datetime.date:
        if value < EARLIEST:
            raise ValueError(f"a figure may be read on {EARLIEST} or later")
        return value

    @property
    def text(self) -> str:
        """Name, address and day, as an estimate shows them."""
        return f"{self.name}, {self.url}, {self.date}"


class PriceRow(StrictModel):
    """One price as written. `free_quantity` counts in `unit`."""

    usd: Annotated[Amount, Field(gt=0)]
    unit: Text
    source: str
    checked: bool
    free: FreeTier = ""
    free_quantity: Annotated[Amount, Field(ge=0)] = Decimal(0)

    @model_validator(mode="after")
    def free_tier_is_whole(self) -> PriceRow:
        if bool(self.free) != bool(self.free_quantity):
            raise ValueError("free and free_quantity come together")
        return self


class PriceFile(StrictModel):
    """A table as written, one file a region."""

    region: str
    date: datetime.date
    source: dict[str, PriceSource]
    price: dict[str, PriceRow]

    @model_validator(mode="after")
    def sources_are_named_and_dated(self) -> PriceFile:
        named = {row.source for row in self.price.values()}
        if named != set(self.source):
            raise ValueError(f"named or listed alone: {', '.join(sorted(named ^ set(self.source)))}")
        oldest = min(source.date for source in self.source.values())
        if self.date != oldest:
            raise ValueError(f"date is that of the oldest source, {oldest}")
        return self


@cache
def price_table(region: str) -> PriceTable:
    """The price table of `region`, or of `FALLBACK` where there is none; its `region` tells which.

    A table that lacks a price has none: nothing is taken from another region's.
    """
    folder = files("pipeline.cost.prices")
    file = folder / f"{region}.toml"
    if not file.is_file():
        file = folder / f"{FALLBACK}.toml"
    return read_table(file.read_text(encoding="utf-8"))


def read_table(text: str) -> PriceTable:
    """A price table from its TOML. Raises pydantic's ValidationError, a ValueError that names key and problem."""
    written = PriceFile.model_validate(tomllib.loads(text, parse_float=Decimal))
    prices = {key: _price(key, row, written.source[row.source]) for key, row in written.price.items()}
    return PriceTable(written.region, written.date.isoformat(), prices)


def _price(key: str, row: PriceRow, source: PriceSource) -> Price:
    return Price(
        key=key,
        usd=row.usd,
        unit=row.unit,
        source=source.text,
        checked=row.checked,
        free=row.free,
        free_quantity=row.free_quantity,
    )
