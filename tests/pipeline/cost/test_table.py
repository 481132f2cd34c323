"""Price tables: whole for us-east-1, dated, with sources, and nothing taken from another region."""

from __future__ import annotations

from datetime import date, timedelta
from importlib.resources import files
from urllib.parse import urlsplit

import pytest

from pipeline.cost.free import AS_CONFIGURED, REASONS
from pipeline.cost.pricers import PRICERS
from pipeline.cost.table import EARLIEST, FALLBACK, NoPriceError, price_table, read_table
from tests.pipeline.cost.price_keys import accepted_search_types, asked
from tests.pipeline.cost.samples import priced
from tests.support.environments import NAMES

REGIONS = sorted(
    file.name.removesuffix(".toml") for file in files("pipeline.cost.prices").iterdir() if file.name.endswith(".toml")
)
HOSTS = {"aws.amazon.com", "docs.aws.amazon.com", "pricing.us-east-1.amazonaws.com", "github.com"}


@pytest.mark.parametrize("region", REGIONS)
def test_rows_are_whole(region: str) -> None:
    prices = price_table(region)
    assert prices.region == region
    # A clock may run behind, so a day more.
    assert EARLIEST <= date.fromisoformat(prices.date) <= date.today() + timedelta(days=1)
    for price in prices.prices.values():
        _, url, day = price.source.rsplit(", ", 2)
        assert urlsplit(url).hostname in HOSTS, price.key
        assert date.fromisoformat(day) <= date.today() + timedelta(days=1), price.key


def test_every_key_that_can_be_asked_for_has_a_price_in_the_first_region() -> None:
    assert sorted(asked() - set(price_table(FALLBACK).prices)) == []


def test_the_keys_read_from_the_source_hold_those_of_real_estimates() -> None:
    lines = (line for name in NAMES for line in priced(name).lines)
    # Models are in config/model_prices.toml.
    used = {line.price.key for line in lines if not line.addresses[0].startswith("bedrock.")}
    assert len(used) > 40
    assert used <= asked()


def test_every_accepted_node_type_has_a_price() -> None:
    types = accepted_search_types()
    assert len(types) > 40
    assert {f"opensearch.{name}" for name in types} <= set(price_table(FALLBACK).prices)


@pytest.mark.parametrize("region", sorted({*REGIONS} - {FALLBACK}))
def test_other_regions_price_the_same_things(region: str) -> None:
    first = price_table(FALLBACK).prices
    for key, price in price_table(region).prices.items():
        assert key in first, key
        expected = first[key]
        got = (price.unit, price.free, price.free_quantity)
        assert got == (expected.unit, expected.free, expected.free_quantity), key


@pytest.mark.parametrize("region", sorted({*REGIONS} - {FALLBACK}))
def test_a_region_with_a_table_takes_nothing_from_another(region: str) -> None:
    missing = sorted(set(price_table(FALLBACK).prices) - set(price_table(region).prices))
    assert missing
    for key in missing:
        with pytest.raises(NoPriceError) as error:
            price_table(region).price(key)
        assert region in str(error.value)
        assert repr(key) in str(error.value)


def test_the_fallback_exists_and_says_which_it_is() -> None:
    assert FALLBACK in REGIONS
    assert price_table("nowhere-1").region == FALLBACK


def test_a_missing_price_is_an_error_that_names_it() -> None:
    with pytest.raises(NoPriceError, match=r"no price 'moon\.dust'"):
        price_table(FALLBACK).price("moon.dust")


def test_no_type_is_both_free_and_priced() -> None:
    assert set(REASONS) & set(PRICERS) == set()
    assert set(AS_CONFIGURED) <= set(PRICERS)


TABLE = """
region = "moon-1"
date = 2026-01-02
[source]
page = { name = "Dust pricing", url = "https://aws.amazon.com/dust/", date = 2026-01-02 }
list = { name = "Price list", url = "https://aws.amazon.com/list/", date = 2026-01-03 }
[price]
"dust.gram" = { usd = 0.5, unit = "gram", source = "page", checked = true, free = "always", free_quantity = 10 }
"dust.tonne" = { usd = 3, unit = "tonne", source = "list", checked = false }
"""


def test_a_table_is_read_with_the_source_and_day_of_each_price() -> None:
    table = read_table(TABLE)
    assert (table.region, table.date) == ("moon-1", "2026-01-02")
    gram, tonne = table.price("dust.gram"), table.price("dust.tonne")
    assert gram.source == "Dust pricing, https://aws.amazon.com/dust/, 2026-01-02"
    assert (gram.free_tier, tonne.free_tier) == ("always: 10", "credits")
    assert (str(gram.usd), str(tonne.usd), gram.checked, tonne.checked) == ("0.5", "3", True, False)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('region = "moon-1"', 'region = "moon-1"\nowner = "x"', "owner"),
        ('unit = "gram"', 'unit = "gram", per = 1', "per"),
        ('name = "Dust pricing"', 'name = "Dust pricing", by = "x"', "by"),
        ("usd = 0.5", "usd = 0", "usd"),
        ("usd = 0.5", "usd = -1", "usd"),
        ("usd = 0.5", "usd = nan", "usd"),
        ("usd = 0.5", "usd = inf", "usd"),
        ("usd = 0.5", 'usd = "0.5"', "usd"),
        ("usd = 0.5, ", "", "usd"),
        ('unit = "gram"', 'unit = ""', "unit"),
        ("checked = true", 'checked = "yes"', "checked"),
        ("checked = true, ", "", "checked"),
        ('free = "always"', 'free = "sometimes"', "free"),
        ('free = "always", ', "", "come together"),
        (", free_quantity = 10", "", "come together"),
        ('source = "page"', 'source = "nowhere"', "nowhere"),
        ('source = "list"', 'source = "page"', "list"),
        ("https://aws.amazon.com/dust/", "http://aws.amazon.com/dust/", "url"),
        ("date = 2026-01-03", "date = 2026-01-01", "oldest source"),
        ("date = 2026-01-02\n[source]", "date = 2026-01-03\n[source]", "oldest source"),
        ("date = 2026-01-03", "date = 2024-01-03", "2025-07-15 or later"),
        ("date = 2026-01-03", 'date = "2026-01-03"', "date"),
    ],
)
def test_what_is_not_right_is_refused(old: str, new: str, says: str) -> None:
    assert TABLE.count(old) >= 1
    with pytest.raises(ValueError) as error:
        read_table(TABLE.replace(old, new, 1))
    assert says in str(error.value)
