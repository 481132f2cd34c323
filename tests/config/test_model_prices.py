"""Prices that the application counts its answers by: stated ones before the table's, none where one is unknown."""

from __future__ import annotations

from typing import Any

import pytest

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
        ("us.acme.big-v1:0", (STATED,), "2.5/10.0/2.5"),
        ("us.acme.big-v1:0", ({**STATED, "cached_usd_per_million": 0.25},), "2.5/10.0/0.25"),
        ("us.amazon.nova-lite-v1:0", ({**STATED, "model_id": "us.amazon.nova-lite-v1:0"},), "2.5/10.0/0.015"),
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
