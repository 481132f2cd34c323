"""Progress lines and questions on the console."""

from __future__ import annotations

import io
import time

import pytest

from pipeline import console
from pipeline.console import confirm, step
from pipeline.errors import ExitCode, SitechatError


@pytest.mark.parametrize(("answer", "agreed"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_only_a_clear_yes_is_agreement(monkeypatch: pytest.MonkeyPatch, answer: str, agreed: bool) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    assert confirm("Apply?") is agreed


def test_where_nobody_can_answer_the_question_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(SitechatError, match="a person has to agree") as caught:
        confirm("Apply?")
    assert caught.value.code is ExitCode.REFUSED


def test_progress_goes_to_stderr_with_markup_left_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    with step("plan [red]dev[/red]") as progress:
        progress.note("first: [1] done")
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "✓ plan [red]dev[/red]" in shown.err
    assert "first: [1] done" in shown.err


def test_a_step_that_says_nothing_is_seen_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Waits for a line that nobody asked for; without it the test would not end in its minute."""
    monkeypatch.setattr(console, "HEARTBEAT_SECONDS", 0)
    shown, deadline = "", time.monotonic() + 60
    with step("wait for [AWS]") as progress:
        progress.update("load balancer")
        capsys.readouterr()
        while "… wait for [AWS] load balancer" not in shown and time.monotonic() < deadline:
            time.sleep(0.01)
            shown += capsys.readouterr().err
    assert "… wait for [AWS] load balancer" in shown


def test_a_note_is_a_sign_of_life_too(capsys: pytest.CaptureFixture[str]) -> None:
    with step("plan") as progress:
        progress.note("first: planned")
        progress.beat()
    assert capsys.readouterr().err.count("…") == 1, "only the line of its beginning"


def test_a_step_that_fails_is_not_ticked_off(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(LookupError), step("look"):
        raise LookupError
    assert "✓" not in capsys.readouterr().err
