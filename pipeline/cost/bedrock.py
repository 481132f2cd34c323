"""Prices of Bedrock's tokens: those stated in the configuration, else the dated table (config/model_prices.toml)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from config.model_prices import price_row, price_table, stated_price
from pipeline.cost.model import Price
from pipeline.cost.table import NoPriceError

if TYPE_CHECKING:
    from config import Environment

UNIT = "million tokens"
STATED = "stated in the environment's file, [[cost.model_prices]]"

# What is counted: tokens that a model reads, writes, reads from its cache, or reads and keeps there. An embedding model
# reads. Where keeping has no price of its own it is that of reading.
Direction = Literal["input", "output", "cache_read", "cache_write"]
_SETTINGS = {"input": "input", "output": "output", "cache_read": "cached", "cache_write": "input"}


def table_date() -> str:
    """Date of the table, as YYYY-MM-DD."""
    return str(price_table()["date"].isoformat())


def token_price(env: Environment, model_id: str, direction: Direction) -> Price:
    """Price of a million tokens of a model or inference profile, as the environment would pay it.

    Raises NoPriceError, which says what to write into the environment's file.
    """
    usd = stated_price(env, model_id, _SETTINGS[direction])
    if usd is not None:
        return Price(f"bedrock.{model_id}.{direction}", usd, UNIT, STATED, checked=True)
    row = price_row(env.region, model_id)
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
    return Price(key, Decimal(row[direction]), UNIT, price_table()["source"], checked=row["checked"] is True)


def _advice(model_id: str) -> str:
    figures = "input_usd_per_million = ..., output_usd_per_million = ..."
    return f'state it: [[cost.model_prices]] model_id = "{model_id}", {figures}'
