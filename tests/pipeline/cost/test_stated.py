"""Stated figures: a line of their own, accepted by name, stale where they aren't needed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from pipeline.cost.context import PricedResource
from pipeline.cost.estimate import estimate_resources
from pipeline.cost.result import Estimate
from pipeline.cost.words import remarks
from pipeline.errors import ExitCode, SitechatError
from pipeline.gates import refuse_incomplete
from tests.pipeline.cost.samples import line, priced, resources
from tests.support.environments import varied

SHIELD = PricedResource("edge", "aws_shield_protection", "site", {})
PLACE = "edge/aws_shield_protection.site"


def stated(*figures: tuple[str, float]) -> Estimate:
    accepted = tuple({"address": each, "monthly_usd": usd, "reason": "an offer"} for each, usd in figures)
    return estimate_resources((*resources("dev"), SHIELD), varied("dev", cost__accepted=accepted))


def accepting(estimate: Estimate, *places: str) -> Estimate:
    return replace(estimate, accepted=frozenset(places))


def test_a_stated_figure_is_a_line_in_the_total() -> None:
    estimate = stated((PLACE, 12.5))
    found = line(estimate, "aws_shield_protection", "stated, not priced")
    assert found.cost.low == found.cost.expected == found.cost.high == Decimal("12.50")
    assert "an offer" in found.price.source
    assert estimate.expected == priced("dev").expected + Decimal("12.50")
    assert estimate.unpriced == ()
    assert any(PLACE in text and "12.50" in text for text in remarks(estimate))


def test_without_being_accepted_it_is_incomplete() -> None:
    estimate = stated((PLACE, 12.5))
    assert not estimate.complete
    assert not accepting(estimate, "edge/aws_other.site", "aws_shield_protection.site").complete
    assert accepting(estimate, PLACE).complete
    refuse_incomplete(accepting(estimate, PLACE))
    with pytest.raises(SitechatError) as refused:
        refuse_incomplete(estimate)
    assert refused.value.code == ExitCode.INCOMPLETE
    assert f"Accept it with --accept-unpriced {PLACE}" in str(refused.value.hint)


def test_being_accepted_without_a_figure_is_no_way_out() -> None:
    estimate = accepting(stated(), PLACE)
    with pytest.raises(SitechatError) as refused:
        refuse_incomplete(estimate)
    assert refused.value.code == ExitCode.INCOMPLETE
    assert f"{PLACE}: no pricer for this type" in str(refused.value)
    assert f'[[cost.accepted]] address = "{PLACE}", monthly_usd = ' in str(refused.value.hint)


def test_a_figure_for_what_has_a_price_is_stale_and_does_not_count() -> None:
    address = line(priced("dev"), "aws_lb", "load balancer").addresses[0]
    for place in (f"service/{address}", "edge/aws_nothing.here"):
        estimate = stated((PLACE, 1), (place, 400))
        assert estimate.stale == (place,)
        assert estimate.expected == priced("dev").expected + 1
        assert any("Not counted" in text and place in text for text in remarks(estimate))


def test_two_figures_keep_lines_of_their_own() -> None:
    other = PricedResource("edge", "aws_shield_protection", "other", {})
    accepted = ({"address": PLACE, "monthly_usd": 1, "reason": "r"},
                {"address": "edge/aws_shield_protection.other", "monthly_usd": 2, "reason": "r"})  # fmt: skip
    estimate = estimate_resources((SHIELD, other), varied("dev", cost__accepted=accepted))
    assert estimate.expected == Decimal(3)


def test_a_region_is_accepted_by_its_name() -> None:
    accepted = tuple({"address": each, "monthly_usd": 40, "reason": "r"} for each in (PLACE, "region/mx-central-1"))
    env = varied("dev", cost__accepted=accepted).model_copy(update={"region": "mx-central-1"})
    estimate = estimate_resources((SHIELD,), env)
    assert {each.place for each in estimate.unaccepted} == {PLACE, "region/mx-central-1"}
    assert not accepting(estimate, PLACE).complete
    assert accepting(estimate, PLACE, "region/mx-central-1").complete
    assert estimate.expected == 80
