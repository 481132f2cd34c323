from __future__ import annotations

import pytest

from config.objectives import BURN_RATES, FAST, LEAST_PERCENT, MOST_PERCENT, SLOW, BurnRate, windows
from tests.config.samples import problems

DAY = 86_400


@pytest.mark.parametrize(("rate", "burn"), [(FAST, 14.4), (SLOW, 6.0)])
def test_rates_are_those_of_the_workbook(rate: BurnRate, burn: float) -> None:
    assert rate in BURN_RATES
    assert rate.rate == burn


@pytest.mark.parametrize("percent", [LEAST_PERCENT, 99.5, MOST_PERCENT])
def test_every_threshold_can_be_exceeded(percent: float) -> None:
    assert all(0 < each.threshold(percent) < 100 for each in BURN_RATES)


def test_windows_are_periods_that_an_alarm_takes() -> None:
    """A multiple of a minute, and a day at most (PutMetricAlarm)."""
    assert all(seconds % 60 == 0 and seconds <= DAY for _, _, seconds in windows())
    assert len({(rate.id, length) for rate, length, _ in windows()}) == len(windows())


@pytest.mark.parametrize("key", ["availability_percent", "first_token_percent"])
def test_an_objective_needs_the_metrics_it_is_measured_by(key: str) -> None:
    found = problems(monitoring={key: 99})
    assert set(found) == {"monitoring.application_metrics"}
    assert f"true, because monitoring.{key} is measured by" in found["monitoring.application_metrics"]
    assert problems(monitoring={key: 99, "application_metrics": True}) == {}
