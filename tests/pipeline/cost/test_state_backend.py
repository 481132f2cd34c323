"""The state backend is said beside every total, from unit prices."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from pipeline.cost.state_backend import price_of_state
from pipeline.cost.table import price_table
from pipeline.cost.words import remarks
from tests.pipeline.cost.samples import priced


def test_by_hand() -> None:
    # A key 1.00, 5,000 uses 0.015, 0.1 GB 0.0023, 2,000 writes 0.01, 2,000 writes of locks 0.00125.
    assert price_of_state(price_table("us-east-1")) == Decimal("1.03")
    assert any("state backend" in text and "1.03 USD" in text for text in remarks(priced("dev")))


def test_without_a_price_it_says_so() -> None:
    table = price_table("us-east-1")
    for key in ("kms.key", "s3.put"):
        lacking = {name: price for name, price in table.prices.items() if name != key}
        assert price_of_state(replace(table, prices=lacking)) is None
    assert any("has no price here" in text for text in remarks(replace(priced("dev"), state_backend_usd=None)))
