"""Prices of Bedrock's tokens: those stated in the configuration, else the dated table in bedrock.toml."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pipeline.cost.model import Price
from pipeline.cost.table import NoPriceError

if TYPE_CHECKING:
    from config import Environment

FILE = Path(__file__).with_name("bedrock.toml")
UNIT = "million tokens"
STATED = "stated in the environment's file, [[cost.model_prices]]"

# What is counted: tokens that a model reads, writes, reads from its cache, or reads and keeps there. An embedding model
# reads. Where keeping has no price of its own it is that of reading.
Direction = Literal["input", "output", "cache_read", "cache_write"]
_SETTINGS = {"input": "input", "output": "output", "cache_read": "cached", "cache_write": "input"}


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"), parse_float=Decimal)


def table_date() -> str:
    """Date of the table, as YYYY-MM-DD."""
    return str(_table()["date"].isoformat())


def token_price(env: Environment, model_id: str, direction: Direction) -> Price:
    """Price of a million tokens of a model or inference profile, as the environment would pay it.

    Raises NoPriceError, which says what to write into the environment's file.
    """
    usd = _stated(env, model_id, direction)
    if usd is not None:
        return Price(f"bedrock.{model_id}.{direction}", usd, UNIT, STATED, checked=True)
    row = _row(env.region, model_id)
    if row is not None and direction == "cache_write":
        row = {"cache_write": row["input"], **row}
    if row is None or direction not in row:
        raise NoPriceError(
            f"no price of {_SETTINGS[direction]} tokens of {model_id} in {env.region}; {_advice(model_id)}"
        )
    most = row.get("most_input_tokens")
    if most is not None and env.cost.input_tokens_per_chat > most:
        raise NoPriceError(f"no price of {model_id} above {most:,} tokens a request; {_advice(model_id)}")
    key = f"bedrock.{model_id}.{direction}"
    return Price(key, Decimal(row[direction]), UNIT, _table()["source"], checked=row["checked"] is True)


def _stated(env: Environment, model_id: str, direction: Direction) -> Decimal | None:
    for each in env.cost.model_prices:
        if each.model_id == model_id:
            usd = getattr(each, f"{_SETTINGS[direction]}_usd_per_million")
            return None if usd is None else Decimal(str(usd))
    return None


def _row(region: str, model_id: str) -> dict[str, Any] | None:
    """The row of a model: its own in a region, of a profile that is used where its price holds, or of a plain id."""
    models: dict[str, dict[str, Any]] = _table()["models"]
    in_region = models.get(f"{region}/{model_id}")
    if in_region is not None:
        return in_region
    profile = model_id.split(".")[0]
    starts: dict[str, str] = _table()["from"]
    fits = region.startswith(starts[profile]) if profile in starts else region in _table()["plain_regions"]
    return models.get(model_id) if fits else None


def _advice(model_id: str) -> str:
    figures = "input_usd_per_million = ..., output_usd_per_million = ..."
    return f'state it: [[cost.model_prices]] model_id = "{model_id}", {figures}'
