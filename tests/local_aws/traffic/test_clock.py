"""How fast the plane's clock runs, and who decides it."""

from __future__ import annotations

import pytest

from local_aws import LocalAwsError
from local_aws.traffic.clock import FACTOR, FACTOR_VARIABLE, Clock, chosen_factor


def test_ten_times_unless_the_variable_says_otherwise() -> None:
    assert chosen_factor({}) == FACTOR == 10
    assert chosen_factor({FACTOR_VARIABLE: ""}) == 10
    assert chosen_factor({FACTOR_VARIABLE: "60"}) == 60


@pytest.mark.parametrize("said", ["fast", "0", "0.5", "601", "-1", "nan", "inf"])
def test_other_factors_are_refused_with_their_bounds(said: str) -> None:
    with pytest.raises(LocalAwsError) as refused:
        chosen_factor({FACTOR_VARIABLE: said})
    assert said in refused.value.message
    assert "from 1 to 600" in refused.value.hint


def test_a_moment_of_the_plane_has_a_time_of_the_machine() -> None:
    clock = Clock(60)
    moment = clock.now()
    assert clock.real(moment + 600) - clock.real(moment) == pytest.approx(10)


@pytest.mark.parametrize(
    ("factor", "delay", "lasts"), [(10, 60, 60), (30, 60, 180), (30, 300, 300), (30, 2, 60), (30, 0, 0)]
)
def test_a_drain_leaves_answers_the_machines_time_however_fast_the_clock(
    factor: float, delay: float, lasts: float
) -> None:
    assert Clock(factor).drain(delay) == lasts
