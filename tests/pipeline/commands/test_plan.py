"""`plan` shows in the terminal what changes, before it says what comes next."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.commands import plan
from pipeline.console import out
from pipeline.planning.planner import LayerPlan

CHANGE = {"actions": ["update"], "before": {"days": 30}, "after": {"days": 90}, "after_unknown": {}}
ENTRY = {"address": "aws_cloudwatch_log_group.app", "type": "aws_cloudwatch_log_group", "change": CHANGE}


@pytest.mark.parametrize(("number", "last"), [(1, ""), (60, "… and 45 more: sitechat show latest --env dev\n")])
def test_changes_stand_between_the_table_and_the_next_step(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, number: int, last: str
) -> None:
    monkeypatch.setattr(out, "_file", sys.stdout)
    entries = [{**ENTRY, "address": f"{ENTRY['address']}{index}"} for index in range(number)]
    planned = LayerPlan("infrastructure", plan={"resource_changes": entries})
    bundle: Any = SimpleNamespace(plans=(planned,), id="b", applicable=True, changes=True)
    plan._print_result(bundle, None, [], Path("page.html"), "dev")
    text = capsys.readouterr().out
    shown = text[text.index("infrastructure\n") : text.index("report: ")]
    assert shown.startswith("infrastructure\n  ~ aws_cloudwatch_log_group.app0\n      days: 30 -> 90\n")
    assert shown.endswith(last or "days: 30 -> 90\n")
    assert text.endswith("next: sitechat apply b --env dev\n")
