"""Prices that the application counts its answers by: stated ones before the table's, none where one is unknown."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.model_prices import answer_prices
from examples.sitechat_app.settings import load_settings
from tests.support.environments import varied

STATED = {"model_id": "us.acme.big-v1:0", "input_usd_per_million": 2.5, "output_usd_per_million": 10}


def prices(model_id: str, *stated: dict[str, Any]) -> str:
    return answer_prices(varied("dev", bedrock__model_id=model_id, cost__model_prices=list(stated)))


@pytest.mark.parametrize(
    ("model_id", "stated", "expected"),
    [
        ("us.amazon.nova-lite-v1:0", (), "0.06/0.24/0.015"),
        ("us.acme.big-v1:0", (STATED,), "2.5/10/2.5"),
        ("us.acme.big-v1:0", ({**STATED, "cached_usd_per_million": 0.25},), "2.5/10/0.25"),
        ("us.amazon.nova-lite-v1:0", ({**STATED, "model_id": "us.amazon.nova-lite-v1:0"},), "2.5/10/0.015"),
        ("us.acme.big-v1:0", (), ""),
    ],
)
def test_prices_of_the_model_that_answers(model_id: str, stated: tuple[dict[str, Any], ...], expected: str) -> None:
    told = prices(model_id, *stated)
    assert told == expected
    if told:
        found = load_settings({"SITECHAT_MODE": "local", "SITECHAT_MODEL_PRICES": told}).token_prices
        assert found is not None
        assert (found.input, found.output, found.cached) == tuple(map(float, told.split("/")))


STATED_PRICE = st.floats(0, 100_000) | st.sampled_from((-0.0, 5e-7, 1e-9, 1e-05, 0.1234567, 99_999.9999999, 1e5))


@given(STATED_PRICE, STATED_PRICE, st.none() | STATED_PRICE)
def test_whatever_is_stated_starts_the_application(read: float, written: float, cached: float | None) -> None:
    stated = {"input_usd_per_million": read, "output_usd_per_million": written, "cached_usd_per_million": cached}
    told = prices("us.acme.big-v1:0", {"model_id": "us.acme.big-v1:0", **stated})
    found = load_settings({"SITECHAT_MODE": "local", "SITECHAT_MODEL_PRICES": told}).token_prices
    assert found is not None
    expected = (read, written, read if cached is None else cached)
    assert (found.input, found.output, found.cached) == pytest.approx(expected, abs=1e-6)
