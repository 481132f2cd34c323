"""docs/cost.md holds the present figures."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.cost.assumptions import ASSUMPTIONS
from pipeline.cost.questions import QuestionPrice
from pipeline.synth import run
from tests.pipeline.cost.samples import priced
from tests.support.shared import synthesis
from tools.cost_document import PATH, main, with_figures


def test_the_figures_are_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "synthesise", lambda env, out=None, *, env_ref: synthesis("dev"))
    copy = tmp_path / "cost.md"
    copy.write_text(PATH.read_text(encoding="utf-8"), encoding="utf-8")
    main(copy)
    fresh, text = copy.read_text(encoding="utf-8"), PATH.read_text(encoding="utf-8")
    assert fresh == text, "the price of dev changed: `python -m tools.cost_document` and review"


def test_figures_replace_what_was_between_the_marks() -> None:
    text = "before\n<!-- figures: x -->\nold\n<!-- end of figures -->\nafter\n"
    text += "<!-- assumptions: x -->\nolder\n<!-- end of assumptions -->\n"
    questions = QuestionPrice({"guardrail": Decimal(2)}, complete=True)
    fresh = with_figures(text, priced("dev"), questions, ())
    assert fresh.startswith("before\n<!-- figures: x -->\n")
    assert "<!-- end of figures -->\nafter\n<!-- assumptions: x -->\n" in fresh
    assert fresh.endswith("<!-- end of assumptions -->\n")
    assert "old" not in fresh
    assert questions.text in fresh
    for what, assumed in ASSUMPTIONS:
        assert f"| {what} | {assumed} |" in fresh
    assert "t3.small.search nodes" in fresh
