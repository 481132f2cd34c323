"""Medians, ratios, the slope, and cases that weren't measured."""

from __future__ import annotations

from functools import partial

import pytest

from tools.bench.cases import FAST, GROWTH, NAIVE, REAL, SITECHAT, STOCK, SUITE, UNCHANGED, Case, growth_name
from tools.bench.deployments import DEPLOY, REPLAN, case_name, changed_name
from tools.bench.processes import Sample
from tools.bench.results import Figure, measure_targets, result_rows


def case(name: str, *seconds: float, peak_mb: float = 100, cpu_seconds: float = 1, error: str | None = None) -> Case:
    """Case with one sample for each time."""
    return Case(name, lambda: Sample(0, 0, 0), [Sample(value, peak_mb, cpu_seconds) for value in seconds], error)


def verdicts(*cases: Case) -> list[str]:
    return [target.verdict for target in measure_targets(result_rows(cases))]


def test_a_row_has_median_lowest_and_highest() -> None:
    (row,) = result_rows([case(STOCK, 3, 1, 10)])
    assert row.seconds == Figure(median=3, low=1, high=10)
    assert row.runs == 3


def test_a_case_that_failed_has_no_figures() -> None:
    (row,) = result_rows([case(REAL, 1, 2, error="sitechat isn't installed")])
    assert (row.seconds, row.peak_mb, row.error) == (None, None, "sitechat isn't installed")


def at_limits(more: float, milliseconds: float) -> list[Case]:
    """Cases of all targets, each value `more` above its limit."""
    before, now = (partial(case_name, side=side) for side in ("before", "now"))
    return [
        *(case(growth_name(count), 1 + 0.001 * milliseconds * count) for count in GROWTH),
        case(STOCK, 8, peak_mb=100),
        case(FAST, 1 + more, peak_mb=35 + more),
        case(SITECHAT, 1 + more),
        case(UNCHANGED, 0.24 + more),
        case(NAIVE, 10),
        case(REAL, 1.8 + more),
        case(before(REPLAN), 40, cpu_seconds=50),
        case(now(REPLAN), 24 + more, cpu_seconds=35 + more),
        case(changed_name("monitoring"), 10 + more),
        case(changed_name("edge"), 16 + more),
        case(before(DEPLOY), 300),
        case(now(DEPLOY), 210 + more),
        case(SUITE, 60 + more),
    ]


def test_all_targets_are_reached_at_their_limits() -> None:
    assert set(verdicts(*at_limits(0, 1.9))) == {"reached"}


def test_all_targets_are_missed_just_above_their_limits() -> None:
    assert {verdict.partition(":")[0] for verdict in verdicts(*at_limits(0.1, 2.1))} == {"NOT reached"}


def test_a_missed_target_says_why() -> None:
    missed = [verdict for verdict in verdicts(*at_limits(0.1, 2.1)) if ": " in verdict]
    assert "NOT reached: the provider waits 5 s before it reads a budget" in missed


def test_a_target_whose_cases_are_missing_is_not_measured() -> None:
    incomplete = [case(growth_name(count), 1) for count in GROWTH[:-1]]
    assert set(verdicts(case(STOCK, 8), case(NAIVE, 10), *incomplete)) == {"not measured"}


def test_the_slope_is_in_milliseconds() -> None:
    cases = [case(growth_name(count), 0.8 + 0.0015 * count) for count in GROWTH]
    (slope,) = [target.value for target in measure_targets(result_rows(cases)) if target.unit == "ms"]
    assert slope == pytest.approx(1.5)
