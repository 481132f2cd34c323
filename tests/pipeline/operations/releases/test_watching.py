"""A deployment is watched to its end; at Ctrl-C it goes on alone, or a person takes it back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.errors import ExitCode, SitechatError
from pipeline.invocation.interrupts import TerminatedError
from pipeline.operations.releases import watching
from pipeline.operations.releases.strategy import Progress, Started
from pipeline.operations.releases.watching import progress_line, watch

STARTED = Started("ecs-svc/2", "app:2", "app:1")
BACK = Started("ecs-svc/2", "app:2", "app:1", taken_back="ecs-svc/3")
RUNNING = Progress("running", 2, 1, 2, waiting="new tasks have to start")
SESSION: Any = SimpleNamespace(env=SimpleNamespace(emulated=True), env_ref="dev")


@dataclass
class Scripted:
    """A strategy that gives these answers, and raises those that are errors; `asked` is what it was asked about."""

    answers: Iterator[Progress | BaseException]
    asked: list[Started] = field(default_factory=list)
    always_ends: bool = False

    def watch(self, started: Started) -> Progress:
        self.asked.append(started)
        answer = next(self.answers)
        if isinstance(answer, BaseException):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "EMULATED_PAUSE_SECONDS", 0.0)


def watched(*answers: Progress | BaseException, **given: Any) -> tuple[Progress, Scripted]:
    strategy = Scripted(iter(answers))
    return watch(SESSION, strategy, STARTED, "release of app:2", **given), strategy  # type: ignore[arg-type]


def test_it_is_looked_at_until_it_is_over() -> None:
    done = Progress("succeeded", 0, 2, 2)
    found, strategy = watched(RUNNING, RUNNING, done)
    assert found == done
    assert strategy.asked == [STARTED] * 3


def test_each_event_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    told = Progress("running", 2, 1, 2, waiting="x", events=("one task started",))
    watched(told, told, Progress("succeeded", 0, 2, 2))
    assert capsys.readouterr().err.count("one task started") == 1


def test_what_failed_on_the_way_did_not_succeed() -> None:
    """ECS forgets a failed deployment, and one with the same revision looks as if it were ours."""
    going_back = Progress("running", 0, 2, 2, waiting="ECS goes back", reason="tasks failed to start")
    found, _ = watched(going_back, Progress("succeeded", 0, 2, 2))
    assert (found.state, found.reason) == ("failed", "tasks failed to start")


@pytest.mark.parametrize(
    ("interrupt", "terminal", "answer"),
    [
        (KeyboardInterrupt(), False, True),
        (KeyboardInterrupt(), True, False),
        (TerminatedError("ended by SIGTERM"), True, True),
    ],
)
def test_it_goes_on_alone(
    monkeypatch: pytest.MonkeyPatch, interrupt: KeyboardInterrupt, terminal: bool, answer: bool
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: terminal))
    monkeypatch.setattr(watching, "confirm", lambda question: answer)
    with pytest.raises(SitechatError) as caught:
        watched(RUNNING, interrupt, roll_back=lambda: BACK)
    assert caught.value.code is ExitCode.INTERRUPTED
    assert "AWS goes on with it" in caught.value.message
    assert "sitechat releases --env dev --follow" in caught.value.hint


def test_a_person_takes_it_back_and_watches_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(watching, "confirm", lambda question: True)
    found, strategy = watched(
        RUNNING, KeyboardInterrupt(), RUNNING, Progress("rolled back", 0, 2, 2), roll_back=lambda: BACK
    )
    assert found.state == "rolled back"
    assert strategy.asked == [STARTED, STARTED, BACK, BACK]


def test_what_has_ended_before_it_could_be_taken_back_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(watching, "confirm", lambda question: True)
    done = Progress("succeeded", 0, 2, 2)
    found, strategy = watched(RUNNING, KeyboardInterrupt(), done, roll_back=lambda: STARTED)
    assert (found, strategy.asked) == (done, [STARTED] * 3)
    said = " ".join(capsys.readouterr().err.split())
    assert "nothing was taken back: the deployment has ended, or goes back already" in said
    assert "sitechat rollback --env dev" in said


def test_what_nothing_ran_before_is_not_taken_back() -> None:
    with pytest.raises(SitechatError, match="goes on"):
        watched(RUNNING, KeyboardInterrupt())


def test_after_an_hour_nobody_watches_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "WATCH_SECONDS", -1.0)
    with pytest.raises(SitechatError, match="not over after an hour: new tasks") as caught:
        watched(RUNNING)
    assert caught.value.code is ExitCode.INCOMPLETE


def test_the_line_has_old_and_new_tasks_and_what_is_waited_for() -> None:
    assert progress_line(RUNNING) == "1 of 2 new tasks, 2 old ones; waiting: new tasks have to start"
