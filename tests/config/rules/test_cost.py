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


STOPS = {"stop": "automatic", "model_usd": 50}


def test_a_stop_says_at_which_amount() -> None:
    assert set(problems(budget={"stop": "automatic"})) == {"budget.model_usd"}
    assert problems(budget=STOPS) == {}
    assert set(problems(budget={**STOPS, "enabled": False})) == {"budget.stop"}


@pytest.mark.parametrize("unread", [{"model_usd": 50}, {"model_services": ["Amazon Bedrock"]}])
def test_what_only_a_stop_reads_is_refused_without_one(unread: dict[str, Any]) -> None:
    (key,) = unread
    assert problems(budget=unread) == {f"budget.{key}": 'nothing, because budget.stop = "off" doesn\'t use it'}


def test_a_stop_that_waits_for_approval_asks_somebody() -> None:
    manual = {**STOPS, "stop": "manual"}
    assert set(problems(budget=manual)) == {"budget.stop"}
    assert "nobody is asked to approve" in problems(budget=manual)["budget.stop"]
    assert problems(budget={**manual, "emails": ["money@example.com"]}) == {}
    assert problems(budget=manual, monitoring={"alarm_emails": ["oncall@example.com"]}) == {}


@pytest.mark.parametrize(
    "bedrock",
    [{"model_id": "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"}, {"embedding_model_id": "cohere.embed-v4:0"}],
)
def test_models_that_others_bill_are_named_as_the_bill_does(bedrock: dict[str, str]) -> None:
    models: dict[str, Any] = {"destination_regions": ["eu-central-1"], **bedrock}
    assert "budget.model_services" in problems(bedrock=models, budget=STOPS)
    named = {**STOPS, "model_services": ["Claude Sonnet 4.5 (Amazon Bedrock Edition)"]}
    assert "budget.model_services" not in problems(bedrock=models, budget=named)
    assert "budget.model_services" not in problems(bedrock=models)


def test_amazons_own_models_need_no_name() -> None:
    for model in ("amazon.nova-lite-v1:0", "us.amazon.nova-lite-v1:0"):
        assert "budget.model_services" not in problems(bedrock={"model_id": model}, budget=STOPS)
