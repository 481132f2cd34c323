"""Prices of models: dated, of the families people use, by profile and region, and stated ones before the table's."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from config import Environment
from config.model_prices import FILE
from config.sections.bedrock import PROFILE_PREFIXES
from pipeline.cost.bedrock import Direction, table_date, token_price
from pipeline.cost.estimate import estimate_resources
from pipeline.cost.table import NoPriceError
from tests.pipeline.cost.samples import line, resources
from tests.support.environments import varied

TABLE: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))
SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0"


def usd(model_id: str, direction: Direction, region: str = "us-east-1", **cost: Any) -> Decimal:
    return token_price(_env(region, **cost), model_id, direction).usd


def _env(region: str = "us-east-1", **cost: Any) -> Environment:
    return varied("dev", **{f"cost__{key}": value for key, value in cost.items()}).model_copy(update={"region": region})


def test_the_table_is_dated_and_its_rows_are_whole() -> None:
    assert date.fromisoformat(table_date()) > date(2026, 1, 1)
    assert TABLE["source"].split(", ")[1].startswith("https://aws.amazon.com/")
    assert len(TABLE["models"]) > 150
    for name, row in TABLE["models"].items():
        assert set(row) <= {"input", "output", "cache_read", "cache_write", "most_input_tokens", "checked"}, name
        assert ("output" in row) is ("embed" not in name), name
        assert isinstance(row["checked"], bool), name
        assert 0 < row["input"] <= row.get("output", row["input"]), name
        assert row.get("cache_read", 0) < row["input"] <= row.get("cache_write", row["input"]), name


FAMILIES = (
    *("anthropic.claude-", "amazon.nova-", "meta.llama3", "meta.llama4", "mistral.mistral-", "mistral.mixtral-"),
    *("amazon.titan-embed-text-", "cohere.embed-"),
)


@pytest.mark.parametrize("family", FAMILIES)
def test_families(family: str) -> None:
    assert sum(1 for name in TABLE["models"] if family in name) > 1


@pytest.mark.parametrize(
    ("model_id", "region", "price"),
    [
        (f"us.{SONNET}", "us-east-1", ("3.3", "16.5", "0.33")),
        (f"global.{SONNET}", "us-east-1", ("3.0", "15.0", "0.3")),
        (f"global.{SONNET}", "ap-northeast-1", ("3.0", "15.0", "0.3")),
        ("us.amazon.nova-lite-v1:0", "us-west-2", ("0.06", "0.24", "0.015")),
        ("eu.amazon.nova-lite-v1:0", "eu-west-1", ("0.078", "0.312", "0.0195")),
        ("amazon.nova-lite-v1:0", "us-west-2", ("0.06", "0.24", "0.015")),
    ],
)
def test_a_profile_has_its_own_price(model_id: str, region: str, price: tuple[str, str, str]) -> None:
    ways: tuple[Direction, ...] = ("input", "output", "cache_read")
    assert tuple(usd(model_id, way, region) for way in ways) == tuple(map(Decimal, price))


def test_a_model_in_a_region_has_the_price_of_the_region() -> None:
    assert usd("meta.llama3-8b-instruct-v1:0", "input", "eu-west-1") == Decimal("0.32")
    assert usd("meta.llama3-8b-instruct-v1:0", "input", "us-east-1") == Decimal("0.3")
    assert usd("amazon.nova-lite-v1:0", "input", "eu-central-1") == Decimal("0.078")


@pytest.mark.parametrize(
    ("model_id", "region", "cost", "reason"),
    [
        ("us.acme.big-v1:0", "us-east-1", {}, "no price of input tokens"),
        ("amazon.nova-lite-v1:0", "eu-west-1", {}, "in eu-west-1"),
        ("us.amazon.nova-lite-v1:0", "ca-central-1", {}, "in ca-central-1"),
        (f"us.{SONNET}", "us-east-1", {"input_tokens_per_chat": 200_001}, "above 200,000 tokens"),
    ],
)
def test_what_has_no_price_says_what_to_write(model_id: str, region: str, cost: dict[str, Any], reason: str) -> None:
    with pytest.raises(NoPriceError) as raised:
        usd(model_id, "input", region, **cost)
    assert reason in str(raised.value)
    assert f'[[cost.model_prices]] model_id = "{model_id}"' in str(raised.value)


def test_a_stated_price_goes_before_the_table() -> None:
    for model_id in ("us.acme.big-v1:0", "us.amazon.nova-lite-v1:0"):
        figures = {"input_usd_per_million": 1.1, "output_usd_per_million": 2.2, "cached_usd_per_million": 0.1}
        stated = ({"model_id": model_id, **figures},)
        found = tuple(
            usd(model_id, way, model_prices=stated) for way in ("input", "output", "cache_read", "cache_write")
        )
        assert found == tuple(map(Decimal, ("1.1", "2.2", "0.1", "1.1")))
    assert usd("us.amazon.nova-pro-v1:0", "input", model_prices=stated) == Decimal("0.8")


def test_a_stated_price_without_all_it_is_asked_for_is_none() -> None:
    """A model that answers has a price of what it writes, too; nothing is free for being left out."""
    stated = ({"model_id": "us.acme.big-v1:0", "input_usd_per_million": 1.1},)
    assert usd("us.acme.big-v1:0", "input", model_prices=stated) == Decimal("1.1")
    for way in ("output", "cache_read"):
        with pytest.raises(NoPriceError):
            usd("us.acme.big-v1:0", way, model_prices=stated)
    estimate = estimate_resources(
        resources("dev"), varied("dev", bedrock__model_id="us.acme.big-v1:0", cost__model_prices=stated)
    )
    assert [each.address for each in estimate.unpriced] == ["bedrock.us.acme.big-v1:0"]


def test_cached_tokens_take_the_place_of_others() -> None:
    """500 x 2,500 tokens: four fifths from the cache at 0.33, the rest kept there at 4.125."""
    env = varied("dev", cost__cached_tokens_percent=80, bedrock__model_id=f"us.{SONNET}")
    estimate = estimate_resources(resources("dev"), env)
    assert line(estimate, "bedrock", "tokens read from the cache").cost.expected == Decimal("0.33")
    assert line(estimate, "bedrock", "tokens read, and kept in the cache").cost.expected == Decimal("1.03")
    assert "tokens read" not in {each.what for each in estimate.lines}


def test_a_model_without_a_cache_is_unpriced_where_one_is_used() -> None:
    env = varied("dev", cost__cached_tokens_percent=80, bedrock__model_id="us.meta.llama3-3-70b-instruct-v1:0")
    estimate = estimate_resources(resources("dev"), env)
    assert [each.address for each in estimate.unpriced] == ["bedrock.us.meta.llama3-3-70b-instruct-v1:0"]


def test_prefixes_are_those_of_profiles() -> None:
    """Every row is a plain id, one of a region, or begins with a geography that the configuration accepts."""
    assert set(TABLE["from"]) <= set(PROFILE_PREFIXES)
    makers = {"amazon", "anthropic", "cohere", "meta", "mistral"}
    for name in TABLE["models"]:
        first = name.split("/")[-1].split(".")[0]
        assert first in makers | set(TABLE["from"]), name
