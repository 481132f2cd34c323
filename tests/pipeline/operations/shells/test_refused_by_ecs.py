"""What ECS may answer to a shell: a copy that doesn't start, an agent that doesn't come, a task that is gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.errors import ExitCode
from pipeline.operations.shells import debug_copy, shell
from pipeline.session import Session
from tests.pipeline.operations.shells.conftest import Asked, Deployed
from tests.pipeline.operations.support import Run

Answer = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (debug_copy, shell):
        monkeypatch.setattr(module, "PAUSE_SECONDS", 0.01)


@pytest.fixture
def answers(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> dict[str, Answer]:
    """Methods of the ECS client that answer otherwise, by name; what they are given is noted by no hook."""
    found: dict[str, Answer] = {}
    real = Session.client

    def client(self: Session, service: str, *given: Any, **named: Any) -> Any:
        made = real(self, service, *given, **named)
        for name, answer in found.items() if service == "ecs" else ():
            setattr(made, name, answer)
        return made

    monkeypatch.setattr(Session, "client", client)
    return found


def exec_error(deployed: Deployed, run: Run) -> tuple[int, str]:
    done = run("exec", "--env", deployed.account.file)
    return done.code, done.err


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"tasks": [], "failures": [{"reason": "Capacity is unavailable"}]}, "Capacity is unavailable"),
        ({"tasks": []}, "no reason given"),
    ],
)
def test_a_copy_that_ecs_does_not_start_is_told_and_leaves_no_revision(
    deployed: Deployed, run: Run, answers: dict[str, Answer], answer: dict[str, Any], told: str
) -> None:
    answers["run_task"] = lambda **given: answer
    code, error = exec_error(deployed, run)
    assert (code, f"ECS didn't start the debug copy: {told}" in error) == (ExitCode.FAILED, True)
    assert (deployed.registered(), deployed.plugin_calls()) == ([], [])


@pytest.mark.parametrize(
    ("task", "seconds", "told"),
    [
        ({"lastStatus": "STOPPED", "stoppedReason": "CannotPullContainerError"}, 60.0, "CannotPullContainerError"),
        ({"lastStatus": "PENDING"}, 0.0, "did not run after 0 minutes"),
        (None, 0.0, "did not run after 0 minutes"),
    ],
    ids=["stopped", "never running", "never seen"],
)
def test_a_copy_that_does_not_come_to_run_is_stopped(
    deployed: Deployed,
    run: Run,
    answers: dict[str, Answer],
    asked: Asked,
    monkeypatch: pytest.MonkeyPatch,
    task: dict[str, str] | None,
    seconds: float,
    told: str,
) -> None:
    monkeypatch.setattr(debug_copy, "START_SECONDS", seconds)
    answers["describe_tasks"] = lambda **given: {"tasks": [task] if task else []}
    code, error = exec_error(deployed, run)
    assert (code, told in error) == (ExitCode.FAILED, True)
    assert (len(asked.of("StopTask")), asked.of("ExecuteCommand"), deployed.registered()) == (1, [], [])
    assert [each["lastStatus"] for each in deployed.copies()] == ["STOPPED"]


@pytest.mark.parametrize("code", ["TargetNotConnectedException", "InvalidParameterException", "AccessDeniedException"])
def test_where_ecs_opens_no_session_the_copy_ends(
    deployed: Deployed, run: Run, asked: Asked, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr(shell, "AGENT_SECONDS", 0.0)
    asked.refused["ExecuteCommand"] = code
    status, error = exec_error(deployed, run)
    assert (status, f"AWS refused to open the shell: {code}" in error) == (ExitCode.FAILED, True)
    assert (asked.of("TerminateSession"), deployed.plugin_calls()) == ([], [])
    assert [each["lastStatus"] for each in deployed.copies()] == ["STOPPED"]


def test_a_task_that_went_under_the_session_is_told(
    deployed: Deployed, run: Run, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Gone:
        """ECS after it has forgotten the task."""

        def describe_tasks(self, **given: Any) -> dict[str, Any]:
            return {"tasks": [], "failures": [{"reason": "MISSING"}]}

    real = shell._described
    monkeypatch.setattr(
        shell, "_described", lambda service, task: real(type("Service", (), {"ecs": Gone(), "cluster": "c"})(), task)
    )
    code, error = exec_error(deployed, run)
    assert (code, "is gone" in error) == (ExitCode.FAILED, True)
    assert (len(asked.of("TerminateSession")), deployed.plugin_calls()) == (1, [])
