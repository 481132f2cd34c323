"""Price tables: dated, with sources, and with known kinds of free tier only."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

import pytest

from pipeline.cost.free import AS_CONFIGURED, REASONS
from pipeline.cost.pricers import PRICERS
from pipeline.cost.table import FALLBACK, NoPriceError, price_table

REGIONS = sorted(
    file.name.removesuffix(".toml") for file in files("pipeline.cost.prices").iterdir() if file.name.endswith(".toml")
)


@pytest.mark.parametrize("region", REGIONS)
def test_rows_are_whole(region: str) -> None:
    prices = price_table(region)
    assert prices.region == region
    assert date.fromisoformat(prices.date) > date(2025, 7, 15)
    for price in prices.prices.values():
        assert price.usd > 0, price.key
        assert price.source.split(", ")[1].startswith("https://aws.amazon.com/"), price.key
        assert price.free in ("", "always", "legacy"), price.key
        assert (price.free_quantity > 0) is bool(price.free), price.key


def test_the_fallback_exists_and_says_which_it_is() -> None:
    assert FALLBACK in REGIONS
    assert price_table("nowhere-1").region == FALLBACK


def test_a_missing_price_is_an_error_that_names_it() -> None:
    with pytest.raises(NoPriceError, match=r"no price 'moon\.dust'"):
        price_table(FALLBACK).price("moon.dust")


def test_no_type_is_both_free_and_priced() -> None:
    assert set(REASONS) & set(PRICERS) == set()
    assert set(AS_CONFIGURED) <= set(PRICERS)
