"""`sitechat alarms`: ends with 10 where something rings, and never calls an environment without alarms quiet."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from pipeline import session as sessions
from pipeline.commands import alarms
from pipeline.console import out
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations import alarms as operations
from pipeline.operations.alarms import AlarmState
from pipeline.session import Session
from pipeline.work import Work
from tests.support.environments import varied

CPU = AlarmState(
    name="sitechat-dev-svc-cpu",
    region="us-east-1",
    state="OK",
    since=datetime(2026, 11, 1, 3, 4, tzinfo=UTC),
    threshold="Average of CPUUtilization at least 85, in 5 of 5 periods of 1 minute",
    description="Tasks near their CPU limit",
    runbook="docs/runbooks/tasks-overloaded.md",
    asleep=False,
)
Shown = Callable[..., tuple[int, str]]


@pytest.fixture
def shown(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shown:
    """Run the command on these alarms; the exit code and what was printed."""
    session = Session(varied("dev"), "my.toml", Work(tmp_path), {}, Path("terraform"))
    monkeypatch.setattr(sessions, "open_session", lambda env, needs_terraform: session)

    def run(*found: AlarmState, as_json: bool = False) -> tuple[int, str]:
        monkeypatch.setattr(out, "_file", sys.stdout)
        monkeypatch.setattr(operations, "find_alarms", lambda session: found)
        try:
            alarms.command(env="my.toml", as_json=as_json)
        except typer.Exit as ended:
            return ended.exit_code, capsys.readouterr().out
        return 0, capsys.readouterr().out

    return run


def test_quiet_alarms_end_with_0(shown: Shown) -> None:
    code, text = shown(CPU)
    assert code == 0
    assert text.splitlines() == [
        "OK       sitechat-dev-svc-cpu  since 2026-11-01 03:04 UTC, us-east-1",
        f"         {CPU.threshold}; docs/runbooks/tasks-overloaded.md",
        "1 alarm, none in ALARM",
    ]


def test_what_rings_ends_with_10_and_leads_to_its_runbook(shown: Shown) -> None:
    code, text = shown(replace(CPU, state="ALARM"), CPU)
    assert code == ExitCode.CHANGES
    assert text.splitlines()[-2:] == [
        "2 alarms, 1 in ALARM",
        "next: docs/runbooks/tasks-overloaded.md; sitechat history --env my.toml --handover",
    ]


def test_what_sleeps_rings_for_nobody(shown: Shown) -> None:
    code, text = shown(replace(CPU, state="ALARM", asleep=True))
    assert code == 0
    assert text.startswith("asleep ")
    assert text.splitlines()[-1] == "1 alarm, none in ALARM, 1 asleep"


def test_one_object_has_it_all(shown: Shown) -> None:
    code, text = shown(replace(CPU, state="ALARM"), as_json=True)
    found = json.loads(text)
    assert (code, found["env"]) == (ExitCode.CHANGES, "dev")
    (alarm,) = found["alarms"]
    assert (alarm["state"], alarm["rings"], alarm["runbook"]) == ("ALARM", True, CPU.runbook)
    assert alarm["since"].startswith("2026-11-01T03:04")


def test_no_alarms_at_all_is_no_good_news(shown: Shown) -> None:
    with pytest.raises(SitechatError, match="has no alarms") as raised:
        shown()
    assert raised.value.code == ExitCode.MISSING
    assert "sitechat deploy --env my.toml" in (raised.value.hint or "")
