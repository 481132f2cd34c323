"""The price in the report: totals, every line, and all remarks that limit the figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config import load
from pipeline.cost import Estimate, estimate
from pipeline.report import ReportInput, write_report
from pipeline.synth.layers import Synthesis

Report = Callable[..., ReportInput]

LAYERS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "edge": ({"resource": {"aws_route53_zone": {"zone": {}}, "aws_made_up_thing": {"odd": {}}}}, []),
    "monitoring": ({"resource": {"aws_cloudwatch_dashboard": {"board": {}}}}, []),
}


@pytest.fixture
def cost(write: Callable[..., Synthesis]) -> Estimate:
    return estimate(write(LAYERS), load("dev"))


def texts(data: ReportInput, out: Path) -> tuple[str, str]:
    page = write_report(data, out)
    return page.read_text(), (out / "report.md").read_text()


def test_total_layers_and_what_has_no_price(report: Report, cost: Estimate, tmp_path: Path) -> None:
    for text in texts(report(cost=cost), tmp_path):
        for words in ("3.50 USD a month", "aws_made_up_thing.odd", "the true price is higher", "first release"):
            assert words in text
    assert "| monitoring | 3.00 | 3.00 | 3.00 |" in (tmp_path / "report.md").read_text()


def test_what_has_no_price_colours_the_total(report: Report, cost: Estimate, tmp_path: Path) -> None:
    assert '<h2>Price <span class="pill bad">' in texts(report(cost=cost), tmp_path)[0]
    whole = replace(cost, unpriced=(), ceiling_usd=None, budget_usd=None)
    assert '<h2>Price <span class="pill ">' in texts(report(cost=whole), tmp_path)[0]


def test_the_page_has_every_line(report: Report, cost: Estimate, tmp_path: Path) -> None:
    page, _ = texts(report(cost=cost), tmp_path)
    section = page[page.index('id="cost"') :]
    for line in cost.lines:
        assert f"<code>{line.label}</code>" in section
        assert line.price.unit in section
    assert 'href="#cost"' in page


def test_the_ceiling_and_the_region_are_said(report: Report, cost: Estimate, tmp_path: Path) -> None:
    limited = replace(cost, ceiling_usd=1, region="eu-west-1")
    for text in texts(report(cost=limited), tmp_path):
        assert "ABOVE THE CEILING" in text
        assert "There is no price table for region eu-west-1" in text


def test_without_a_price_there_is_no_section(report: Report, tmp_path: Path) -> None:
    page, comment = texts(report(), tmp_path)
    assert 'id="cost"' not in page
    assert "#cost" not in page
    assert "Price" not in comment


def test_the_price_before_stands_beside_the_price_after(report: Report, cost: Estimate, tmp_path: Path) -> None:
    """3.50 USD with zone and dashboard, 3.00 before the zone exists."""
    old = replace(cost, lines=tuple(line for line in cost.lines if line.layer == "monitoring"))
    page, comment = texts(report(cost=cost, cost_before=old), tmp_path)
    for text in (page, comment):
        assert "3.50 USD a month, 3.00 before (+0.50)" in text
    assert "| edge | 0.00 | 0.50 | 0.50 | 0.50 |" in comment
    assert "| total | 3.00 | 3.50 | 3.50 | 3.50 |" in comment
    section = page[page.index('id="cost"') : page.index("Every line")]
    assert '<td class="number">+0.50</td>' in section
    assert "What changes the price: 1 line<" in section
    assert 'class="was" style="width: 100.0%"' in section  # monitoring, the longest bar
    assert 'class="was" style="width: 0.0%"' in section  # the zone, which didn't exist before


def test_a_layer_that_goes_is_shown(report: Report, cost: Estimate, tmp_path: Path) -> None:
    less = replace(cost, lines=tuple(line for line in cost.lines if line.layer == "edge"))
    _, comment = texts(report(cost=less, cost_before=cost), tmp_path)
    assert "| monitoring | 3.00 | 0.00 | 0.00 | 0.00 |" in comment
    assert "0.50 USD a month, 3.50 before (-3.00)" in comment


def test_a_plan_without_a_price_of_its_own_says_no_change(report: Report, cost: Estimate, tmp_path: Path) -> None:
    for text in texts(report(cost=cost, cost_before=cost), tmp_path):
        assert "before (no change)" in text


def test_the_first_lines_of_the_comment_have_the_price(report: Report, cost: Estimate, tmp_path: Path) -> None:
    _, comment = texts(report(cost=cost), tmp_path)
    assert "3.50 USD a month" in comment[: comment.index("| layer |")]
