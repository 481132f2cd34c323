"""Child processes are interrupted once and never killed. Scripts stand in for Terraform."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from pipeline.terraform import process

# Counts its interrupts, and ends only when a file tells it to.
PATIENT = "trap 'echo interrupt' INT; echo ready; until [ -e done ]; do sleep 0.05; done; exit 1"


def start(tmp_path: Path, script: str, on_line: object = None, limit_seconds: float = 60) -> process.FinishedProcess:
    return process.run_process(
        ["/bin/sh", "-c", script], cwd=tmp_path, env=dict(os.environ), limit_seconds=limit_seconds,
        on_line=on_line if callable(on_line) else None,
    )  # fmt: skip


def test_status_and_both_outputs_are_kept_apart(tmp_path: Path) -> None:
    finished = start(tmp_path, "echo out; echo err >&2; exit 2")
    assert finished == process.FinishedProcess(2, "out\n", "err\n", "")


def test_output_larger_than_a_pipe_does_not_block(tmp_path: Path) -> None:
    finished = start(tmp_path, "head -c 300000 /dev/zero | tr '\\0' x >&2; head -c 300000 /dev/zero | tr '\\0' y")
    assert (len(finished.stdout), len(finished.stderr)) == (300000, 300000)


def test_the_limit_sends_one_interrupt_and_waits(tmp_path: Path) -> None:
    def finish(line: str) -> None:
        if line == "interrupt":
            (tmp_path / "done").touch()

    finished = start(tmp_path, PATIENT, finish, limit_seconds=1)
    assert finished.stopped == "limit"
    assert finished.stdout.count("interrupt") == 1
    assert finished.status == 1


def test_a_users_interrupts_reach_the_child_once(tmp_path: Path) -> None:
    def press(line: str) -> None:
        if line == "ready":
            os.kill(os.getpid(), signal.SIGINT)
        if line == "interrupt":
            os.kill(os.getpid(), signal.SIGINT)
            (tmp_path / "done").touch()

    finished = start(tmp_path, PATIENT, press)
    assert finished.stopped == "user"
    assert finished.stdout.count("interrupt") == 1


def test_after_an_interrupt_no_further_child_is_started(tmp_path: Path) -> None:
    with process.forwarding_interrupts():
        os.kill(os.getpid(), signal.SIGINT)
        finished = start(tmp_path, "touch started")
    assert finished.stopped == "user"
    assert not (tmp_path / "started").exists()


def test_handlers_are_put_back(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    start(tmp_path, "true")
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_the_child_is_out_of_reach_of_the_terminals_interrupt(tmp_path: Path) -> None:
    finished = start(tmp_path, "ps -o pgid= -p $$")
    assert int(finished.stdout) != os.getpgrp()
