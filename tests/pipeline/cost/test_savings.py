"""The saving of an alternative equals the one found by synthesising that environment."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from config import load
from pipeline.cost.estimate import estimate_resources
from pipeline.cost.model import Range
from pipeline.cost.savings import (
    EGRESS_KINDS,
    Alternative,
    alternatives_of,
    with_architecture,
    with_egress,
    with_insights,
    with_retention,
    with_spot,
)
from tests.pipeline.cost.samples import Resources, resources, synthesised
from tests.support.environments import varied

PRICED = ("dev", "prod")
SPOT_PERCENTS = (0, 100)
OTHER_PROCESSOR = {"service__architecture": "X86_64"}
OTHER_INSIGHTS = (("dev", True), ("prod", False))
SHORT = {"logs__retention_days": 7, "network__flow_log_retention_days": 7, "edge__waf_log_retention_days": 7}


def _total(found: Resources, name: str, **changes: Any) -> Range:
    return estimate_resources(found, varied(name, **changes)).total


@cache
def _built() -> dict[str, Resources]:
    """The synthesised environments that alternatives are compared with, by configuration."""
    wanted = [varied("dev", **OTHER_PROCESSOR), varied("prod", **SHORT)]
    wanted += [varied(name, network__egress=kind) for name in PRICED for kind in EGRESS_KINDS]
    wanted += [varied(name, service__spot_percent=percent) for name in PRICED for percent in SPOT_PERCENTS]
    wanted += [varied(name, service__container_insights=on) for name, on in OTHER_INSIGHTS]
    found = {load(name).model_dump_json(): resources(name) for name in PRICED}
    missing = [env for env in wanted if env.model_dump_json() not in found]
    fresh = zip(missing, synthesised(*missing), strict=True)
    return found | {env.model_dump_json(): built for env, built in fresh}


def _really(name: str, **changes: Any) -> Range:
    env = varied(name, **changes)
    return estimate_resources(_built()[env.model_dump_json()], env).total


@pytest.mark.parametrize("kind", EGRESS_KINDS)
@pytest.mark.parametrize("name", PRICED)
def test_egress_kinds_cost_what_their_synth_costs(name: str, kind: str) -> None:
    assumed = _total(with_egress(resources(name), load(name), kind), name)
    assert assumed == _really(name, network__egress=kind)


@pytest.mark.parametrize("percent", SPOT_PERCENTS)
@pytest.mark.parametrize("name", PRICED)
def test_spot_shares_cost_what_their_synth_costs(name: str, percent: int) -> None:
    assert _total(with_spot(resources(name), percent), name) == _really(name, service__spot_percent=percent)


def test_the_other_processor_costs_what_its_synth_costs() -> None:
    assert _total(with_architecture(resources("dev"), "X86_64"), "dev") == _really("dev", **OTHER_PROCESSOR)


def test_shorter_retention_costs_what_its_synth_costs() -> None:
    assert _total(with_retention(resources("prod"), 7), "prod") == _really("prod", **SHORT)


@pytest.mark.parametrize(("name", "on"), OTHER_INSIGHTS)
def test_insights_cost_what_their_synth_costs(name: str, on: bool) -> None:
    assert _total(with_insights(resources(name), on=on), name) == _really(name, service__container_insights=on)


def _offered(name: str, **changes: Any) -> dict[str, Alternative]:
    env = varied(name, **changes)
    return {each.setting: each for each in alternatives_of(resources(name), env)}


def test_alternatives_are_differences_of_two_estimates_the_cheapest_first() -> None:
    found = _offered("prod")
    changed = with_egress(resources("prod"), load("prod"), "public_ip")
    now, then = _total(resources("prod"), "prod"), _total(changed, "prod")
    assert found['network.egress = "public_ip"'].difference == then + now.times(-1)
    amounts = [each.difference.expected for each in found.values()]
    assert amounts == sorted(amounts)
    assert amounts[0] < 0 < amounts[-1]


def test_what_is_so_already_is_not_offered() -> None:
    assert 'network.egress = "public_ip"' not in _offered("dev")
    assert "service.spot_percent = 100" not in _offered("dev")
    assert 'service.architecture = "X86_64"' in _offered("dev")


def test_the_egress_of_someone_elses_vpc_is_not_offered() -> None:
    offered = _offered("dev", network__vpc_id="vpc-0123456789abcdef0")
    assert not any(setting.startswith("network.egress") for setting in offered)
