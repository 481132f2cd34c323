"""Medians, ratios, the slope, and cases that weren't measured."""

from __future__ import annotations

import pytest

from tools.bench.cases import FAST, GROWTH, NAIVE, REAL, STOCK, SUITE, Case, growth_name
from tools.bench.processes import Sample
from tools.bench.results import Figure, measure_targets, result_rows


def case(name: str, *seconds: float, peak_mb: float = 100, error: str | None = None) -> Case:
    """Case with one sample for each time."""
    return Case(name, lambda: Sample(0, 0), [Sample(value, peak_mb) for value in seconds], error)


def verdicts(*cases: Case) -> list[str]:
    return [target.verdict for target in measure_targets(result_rows(cases))]


def test_a_row_has_median_lowest_and_highest() -> None:
    (row,) = result_rows([case(STOCK, 3, 1, 10)])
    assert row.seconds == Figure(median=3, low=1, high=10)
    assert row.runs == 3


def test_a_case_that_failed_has_no_figures() -> None:
    (row,) = result_rows([case(REAL, 1, 2, error="sitechat isn't installed")])
    assert (row.seconds, row.peak_mb, row.error) == (None, None, "sitechat isn't installed")


def test_all_targets_are_reached_at_their_limits() -> None:
    growth = [case(growth_name(count), 1 + 0.0019 * count) for count in GROWTH]
    cases = [case(STOCK, 8, peak_mb=100), case(FAST, 1, peak_mb=35), case(NAIVE, 10), case(REAL, 2), *growth]
    assert verdicts(*cases, case(SUITE, 60)) == ["reached"] * 5


def test_all_targets_are_missed_just_above_their_limits() -> None:
    growth = [case(growth_name(count), 1 + 0.0021 * count) for count in GROWTH]
    cases = [case(STOCK, 8, peak_mb=100), case(FAST, 1.01, peak_mb=36), case(NAIVE, 10), case(REAL, 2.1), *growth]
    assert verdicts(*cases, case(SUITE, 60.1)) == ["NOT reached"] * 5


def test_a_target_whose_cases_are_missing_is_not_measured() -> None:
    incomplete = [case(growth_name(count), 1) for count in GROWTH[:-1]]
    assert verdicts(case(STOCK, 8), case(NAIVE, 10), *incomplete) == ["not measured"] * 5


def test_the_slope_is_in_milliseconds() -> None:
    cases = [case(growth_name(count), 0.8 + 0.0015 * count) for count in GROWTH]
    (slope,) = [target.value for target in measure_targets(result_rows(cases)) if target.unit == "ms"]
    assert slope == pytest.approx(1.5)
