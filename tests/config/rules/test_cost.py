from __future__ import annotations

from typing import Any

import pytest

from tests.config.samples import problems

FIGURE = {"address": "edge/aws_x.y", "monthly_usd": 12.5, "reason": "an offer"}
PRICE = {"model_id": "us.acme.big-v1:0", "input_usd_per_million": 2, "output_usd_per_million": 10.5}


@pytest.mark.parametrize(
    ("key", "entry", "name"), [("accepted", FIGURE, "address"), ("model_prices", PRICE, "model_id")]
)
def test_one_figure_for_one_thing(key: str, entry: dict[str, Any], name: str) -> None:
    first = next(field for field in entry if field not in ("address", "model_id", "reason"))
    other = {**entry, name: f"{entry[name]}-2"}
    assert problems(cost={key: [entry, other]}) == {}
    twice = problems(cost={key: [entry, other, {**entry, first: 99}]})
    assert twice == {f"cost.{key}[2].{name}": "one that no other entry has"}


@pytest.mark.parametrize("value", [-0.01, 1_000_000.5, float("nan"), float("inf"), "12", True, None])
def test_a_figure_is_a_number_within_limits(value: Any) -> None:
    assert problems(cost={"accepted": [{**FIGURE, "monthly_usd": value}]}) == {
        "cost.accepted[0].monthly_usd": "a number from 0 to 1000000"
    }


@pytest.mark.parametrize("address", ["aws_x.y", "edge/", "edge/aws x", "Edge/aws_x.y"])
def test_an_address_is_one_with_its_layer(address: str) -> None:
    assert set(problems(cost={"accepted": [{**FIGURE, "address": address}]})) == {"cost.accepted[0].address"}


def test_a_figure_says_where_it_comes_from() -> None:
    assert set(problems(cost={"accepted": [{**FIGURE, "reason": " "}]})) == {"cost.accepted[0].reason"}


def test_a_budget_warns_before_it_stops() -> None:
    stops = {"stop": "automatic", "notify_percent": [80, 160]}
    assert set(problems(budget={**stops, "stop_percent": 159})) == {"budget.stop_percent"}
    assert problems(budget={**stops, "stop_percent": 160}) == {}
    assert set(problems(budget={"stop": "manual", "enabled": False})) == {"budget.stop"}
    assert problems(budget={"enabled": False, "stop_percent": 1}) == {}
