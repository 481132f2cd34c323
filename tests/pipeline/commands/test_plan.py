"""`plan` shows in the terminal what changes, before it says what comes next."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.commands import plan
from pipeline.console import out
from pipeline.doctor import Diagnosis
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


def test_scaling_that_a_release_left_suspended_is_told_with_what_the_site_needs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(out, "_file", sys.stdout)
    left = Diagnosis("scaling", "yellow", "scaling in is suspended", "`sitechat releases --follow` ends it")
    session = SimpleNamespace(env=SimpleNamespace(name="dev"))
    bundle = SimpleNamespace(plans=(), id="b", applicable=False, changes=False, verdict=None, dir=Path("b"))
    monkeypatch.setattr("pipeline.session.open_session", lambda env: session)
    monkeypatch.setattr("pipeline.gates.synthesise_and_scan", lambda *_: (None, None))
    monkeypatch.setattr("pipeline.gates.price_within_ceiling", lambda *_: None)
    monkeypatch.setattr("pipeline.recovery.left_behind.refuse_left_behind", lambda *_: None)
    monkeypatch.setattr("pipeline.bundle.build.build_bundle", lambda *_, **__: bundle)
    monkeypatch.setattr("pipeline.report.write.report_plan", lambda *_: Path("page.html"))
    monkeypatch.setattr("pipeline.doctor.account.find_missing_prerequisites", lambda session: [])
    monkeypatch.setattr("pipeline.operations.releases.pending.look_for_pending", lambda session: None)
    monkeypatch.setattr("pipeline.commands.left_suspended.scaling_findings", lambda session: [left])
    plan.command("dev")
    text = capsys.readouterr().out
    assert "! scaling: scaling in is suspended\n  `sitechat releases --follow` ends it\n" in text
