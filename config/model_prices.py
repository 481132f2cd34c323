"""Prices of Bedrock's models, dated: what the price of an environment and the application's metric of cost go by."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from config.environment import Environment

FILE = Path(__file__).with_name("model_prices.toml")
# What the application counts answers by, in this order: tokens that the model reads, writes, and reads from its cache.
COUNTED = ("input", "output", "cached")
_OF_TABLE = {"input": "input", "output": "output", "cached": "cache_read"}


@cache
def price_table() -> Mapping[str, Any]:
    """The table as it stands in the file, with decimals."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"), parse_float=Decimal)


def price_row(region: str, model_id: str) -> Mapping[str, Any] | None:
    """The row of a model: its own in a region, of a profile that is used where its price holds, or of a plain id."""
    models: Mapping[str, Mapping[str, Any]] = price_table()["models"]
    in_region = models.get(f"{region}/{model_id}")
    if in_region is not None:
        return in_region
    profile = model_id.split(".")[0]
    starts: Mapping[str, str] = price_table()["from"]
    fits = region.startswith(starts[profile]) if profile in starts else region in price_table()["plain_regions"]
    return models.get(model_id) if fits else None


def stated_price(env: Environment, model_id: str, direction: str) -> Decimal | None:
    """What the environment's file states for a million tokens; None where it says nothing."""
    for each in env.cost.model_prices:
        if each.model_id == model_id:
            usd = getattr(each, f"{direction}_usd_per_million")
            return None if usd is None else Decimal(str(usd))
    return None


def answer_prices(env: Environment) -> str:
    """USD a million tokens of the model that answers, by `COUNTED`, as the application reads them; empty if unknown.

    A model without a cache is priced there as it reads. The application reads six decimals.
    """
    model_id = env.bedrock.model_id
    row = price_row(env.region, model_id) or {}
    found = {each: _first(stated_price(env, model_id, each), row.get(_OF_TABLE[each])) for each in COUNTED}
    found["cached"] = _first(found["cached"], found["input"])
    return "" if None in found.values() else "/".join(_written(each or Decimal(0)) for each in found.values())


def _written(price: Decimal) -> str:
    """Digits, and no exponent: 0.06. Zero has no sign."""
    return f"{abs(round(Decimal(price), 6)).normalize():f}"


def _first(*prices: Decimal | None) -> Decimal | None:
    return next((each for each in prices if each is not None), None)
