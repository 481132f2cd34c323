"""Terminal output: every line, every remark, every missing price."""

from __future__ import annotations

from decimal import Decimal
from io import StringIO

from rich.console import Console

from config import load
from pipeline.cost.context import PricedResource
from pipeline.cost.estimate import estimate_resources
from pipeline.cost.questions import QuestionPrice
from pipeline.cost.render import show_difference, show_estimate
from pipeline.cost.savings import alternatives_of
from pipeline.cost.words import FREE_TIERS, price_summary, remarks
from tests.pipeline.cost.samples import priced, resources
from tests.support.environments import varied

QUESTIONS = QuestionPrice({"guardrail": Decimal("1.50"), "model": Decimal("0.50")}, complete=True)


def _console() -> tuple[Console, StringIO]:
    text = StringIO()
    return Console(file=text, width=180, highlight=False), text


def test_everything_is_shown() -> None:
    everything = (*resources("dev"), PricedResource("service", "aws_quantum_thing", "x", {}))
    estimate = estimate_resources(everything, varied("dev", cost__ceiling_usd=1))
    console, text = _console()
    show_estimate(estimate, QUESTIONS, alternatives_of(resources("dev"), load("dev")), console)
    shown = text.getvalue()
    assert price_summary(estimate) in shown
    for words in (*remarks(estimate), *FREE_TIERS, *(line.what for line in estimate.lines)):
        assert words in shown
    assert "unpriced: service/aws_quantum_thing.x: no pricer for this type" in shown
    assert QUESTIONS.text in shown
    saved, raised = shown.index("What would lower the expected price"), shown.index("What would raise it")
    assert saved < shown.index("monitoring.dashboard = false") < raised < shown.index('network.egress = "nat_gateway"')


def test_a_comparison_shows_both_totals_and_the_remarks_of_both() -> None:
    console, text = _console()
    show_difference(priced("dev"), priced("local"), console)
    shown = text.getvalue()
    assert f"{priced('dev').expected:,.2f}" in shown
    assert f"{priced('local').expected - priced('dev').expected:+,.2f}" in shown
    assert "local: This environment is emulated and costs nothing" in shown


def test_a_narrow_terminal_gets_amounts_and_says_where_the_rest_is() -> None:
    text = StringIO()
    show_estimate(
        priced("dev"),
        QUESTIONS,
        (),
        Console(file=text, width=90, highlight=False, force_terminal=True, color_system=None),
    )
    shown = text.getvalue()
    assert "need a wider window, or --json" in shown
    assert "free tier\n" not in shown
    assert max(len(line) for line in shown.splitlines() if "aws_" in line) <= 90


def test_a_log_gets_everything_however_narrow_it_says_it_is() -> None:
    text = StringIO()
    show_estimate(priced("dev"), QUESTIONS, (), Console(file=text, width=80, highlight=False))
    for line in priced("dev").lines:
        assert f"{line.label} " in text.getvalue()
        assert line.price.unit in text.getvalue()
    assert "need a wider window" not in text.getvalue()
