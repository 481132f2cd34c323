"""How a process ended, from its status, and from its log where nobody saw that."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from pipeline.terraform.runs.endings import Ending, judged_status, kind_of_end, outcome
from pipeline.terraform.runs.record import KeptProcess

APPLIED = "x: Creation complete\n\nApply complete! Resources: 1 added, 0 changed, 0 destroyed.\n"
FAILED = "╷\n│ Error: no such thing\n│ \n│   with a.b\n╵\n"
UNSTORED = "╷\n│ Error: Failed to save state\n│ \n│ written to errored.tfstate\n╵\n"


def kept(tmp_path: Path, command: str = "apply", stopped: str = "") -> KeptProcess:
    made = KeptProcess(tmp_path / "01-first-x", 1, "first", (command,), "2026-01-15T12:00:00Z", 60, 60)
    made.write(stopped=stopped)
    return made


@pytest.mark.parametrize(
    ("output", "status"),
    [
        (APPLIED, 0),
        (FAILED, 1),
        (APPLIED + FAILED, 1),
        ("No changes. Your infrastructure matches the configuration.\n", 0),
        ("Plan: 1 to add, 0 to change, 0 to destroy.\nSaved the plan to: x\n", 2),
        ("Import successful!\n", 0),
        ("Terraform has been successfully initialized!\n", 0),
        ("x: Creating...\n", None),
        ("", None),
    ],
)
def test_the_status_follows_from_the_log(output: str, status: int | None) -> None:
    assert judged_status(output, None) == status


@pytest.mark.parametrize(
    ("command", "stopped", "output", "status", "kind"),
    [
        ("apply", "", APPLIED, 0, Ending.DONE),
        ("plan", "", "Plan: 1 to add", 2, Ending.DONE),
        ("apply", "", FAILED, 1, Ending.FAILED),
        ("apply", "", "x", 2, Ending.FAILED),
        ("apply", "limit", FAILED, 1, Ending.STOPPED),
        ("apply", "user", "", -signal.SIGINT, Ending.STOPPED),
        ("apply", "user", APPLIED, 0, Ending.DONE),
        ("apply", "", "x: Creating...", None, Ending.CUT_OFF),
        ("apply", "user", "x: Creating...", None, Ending.CUT_OFF),
        ("apply", "", "", -signal.SIGKILL, Ending.CUT_OFF),
        ("apply", "user", "", -signal.SIGKILL, Ending.CUT_OFF),
        ("apply", "limit", UNSTORED, 1, Ending.UNSTORED),
    ],
)
def test_kinds_of_end(
    tmp_path: Path, command: str, stopped: str, output: str, status: int | None, kind: Ending
) -> None:
    assert kind_of_end(kept(tmp_path, command, stopped), output, status) is kind


@pytest.mark.parametrize(
    ("output", "status", "told"),
    [
        (APPLIED, 0, "Apply complete! Resources: 1 added, 0 changed, 0 destroyed."),
        ("nothing known", 0, "done"),
        (FAILED, 1, "failed: Error: no such thing"),
        ("", 1, "failed"),
        (UNSTORED, 1, "failed: Error: Failed to save state; its state could not be stored"),
        ("x", None, "cut off: it was killed in the middle"),
    ],
)
def test_ends_in_words(tmp_path: Path, output: str, status: int | None, told: str) -> None:
    assert outcome(kept(tmp_path), output, status) == told


def test_no_secret_of_an_error_is_in_its_words(tmp_path: Path) -> None:
    secret = "ghp_" + "a1B2" * 9
    assert secret not in outcome(kept(tmp_path), f"╷\n│ Error: bad {secret}\n╵\n", 1)
