"""A kept process prints into a log that is followed, and outlives who started it. Scripts stand in for Terraform."""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.terraform import process
from pipeline.terraform.failures import explain_failure
from pipeline.terraform.runs import endings
from pipeline.terraform.runs.record import KeptProcess, kept_runs
from pipeline.terraform.runs.writing import Run

PATIENT = "trap 'echo interrupt' INT; echo ready; until [ -e done ]; do sleep 0.05; done; exit 1"
SECRET = "ghp_" + "a1B2" * 9


class Started:
    """A script that runs as a kept process, and its record."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run = Run(folder / "logs", "dev")
        self.kept: KeptProcess | None = None

    def __call__(
        self, script: str, on_line: Callable[[str], None] | None = None, limit_seconds: float = 60
    ) -> process.FinishedProcess:
        self.kept = self.run.process("first", ["apply"], limit_seconds)
        return process.run_process(
            ["/bin/sh", "-c", script],
            cwd=self.folder,
            env=dict(os.environ),
            limit_seconds=limit_seconds,
            on_line=on_line,
            kept=self.kept,
        )

    @property
    def log(self) -> Path:
        assert self.kept is not None
        return self.kept.log

    @property
    def record(self) -> dict[str, object]:
        assert self.kept is not None
        return dict(json.loads(self.kept.stem.with_suffix(".json").read_bytes()))


@pytest.fixture
def start(tmp_path: Path) -> Started:
    return Started(tmp_path)


def test_both_outputs_are_one_log_and_the_status_is_the_programs(start: Started) -> None:
    finished = start("echo one; echo two >&2; echo three; exit 2")
    assert finished == process.FinishedProcess(2, "one\ntwo\nthree\n", "", "")
    assert start.log.read_text() == finished.stdout
    assert start.record["status"] == 2


def test_lines_are_passed_on_while_it_runs(start: Started, tmp_path: Path) -> None:
    seen: list[str] = []

    def go_on(line: str) -> None:
        seen.append(line)
        (tmp_path / "seen").touch()

    start("echo first; until [ -e seen ]; do sleep 0.05; done; printf 'and last'", go_on)
    assert seen == ["first", "and last"]


def test_ten_megabytes_block_nothing_and_both_ends_of_them_are_kept(start: Started) -> None:
    line = "a line of Terraform" + ", and more of it" * 6
    finished = start(f"yes '{line}' | head -c 10000000; echo; echo the end")
    assert len(finished.stdout) == 10_000_000 + len("\nthe end\n")
    kept = start.log.read_text()
    assert 900_000 < len(kept) < 1_100_000
    assert kept.startswith("a line of Terraform, and")
    assert "characters are left out here" in kept
    assert kept.endswith("the end\n")


def test_a_signal_that_ended_it_is_its_status(start: Started) -> None:
    finished = start("kill -9 $$")
    assert finished.status == -signal.SIGKILL
    assert str(start.record["outcome"]).startswith("cut off")


def test_a_program_that_is_not_there_is_a_failure_that_says_so(start: Started, tmp_path: Path) -> None:
    kept = start.run.process("first", ["apply"], 60)
    finished = process.run_process([tmp_path / "none"], cwd=tmp_path, env=dict(os.environ), limit_seconds=60, kept=kept)
    assert finished.status == 127
    assert "can't be started: No such file" in finished.stdout


def test_the_limit_sends_one_interrupt_and_waits(start: Started, tmp_path: Path) -> None:
    def finish(line: str) -> None:
        if line == "interrupt":
            (tmp_path / "done").touch()

    finished = start(PATIENT, finish, limit_seconds=1)
    assert (finished.status, finished.stopped) == (1, "limit")
    assert finished.stdout.count("interrupt") == 1
    assert start.record["stopped"] == "limit"


def test_interrupts_of_all_kinds_reach_the_program_once(start: Started, tmp_path: Path) -> None:
    def press(line: str) -> None:
        if line == "ready":
            os.kill(os.getpid(), signal.SIGTERM)
        if line == "interrupt":
            os.kill(os.getpid(), signal.SIGINT)
            assert start.kept is not None
            start.kept.interrupt("limit")  # as a second command would
            time.sleep(0.3)
            (tmp_path / "done").touch()

    finished = start(PATIENT, press)
    assert finished.stopped == "user"
    assert finished.stdout.count("interrupt") == 1
    assert start.record["stopped"] == "user"


def test_an_interrupt_before_the_program_begins_is_not_lost(start: Started, tmp_path: Path) -> None:
    """It comes while the keeper is being loaded: its signals are blocked until it can pass them on."""
    asked = threading.Event()

    def ask() -> None:
        while start.kept is None or not tuple(process._running):
            time.sleep(0.001)
        (child,) = process._running
        child.interrupt("user")
        asked.set()

    threading.Thread(target=ask).start()
    finished = start("exec sleep 30")
    assert asked.is_set()
    assert finished.status == -signal.SIGINT
    assert finished.stdout == ""


def test_a_program_that_outlives_its_keeper_is_waited_for(start: Started, tmp_path: Path) -> None:
    def kill(line: str) -> None:
        if line == "ready":
            (child,) = process._running
            os.kill(child.pid, signal.SIGKILL)
            threading.Timer(0.5, (tmp_path / "go").touch).start()

    script = "echo ready; until [ -e go ]; do sleep 0.05; done; echo 'Apply complete! Resources: 1 added.'"
    finished = start(script, kill)
    assert finished.stdout.endswith("Apply complete! Resources: 1 added.\n")
    assert finished.status == 0, "the log tells what nobody was left to see"


def test_secrets_are_in_no_log_once_the_process_has_ended(start: Started) -> None:
    seen: list[str] = []
    finished = start(f"echo 'token is {SECRET}, ok'; echo '  + password     = \"hunter2hunter2\"'", seen.append)
    assert SECRET in finished.stdout, "what is decided by the output is decided by all of it"
    assert start.log.read_text() == (
        "token is (hidden: a GitHub token), ok\n  + password     = (hidden: a secret by its name)\n"
    )
    assert not [path for path in start.log.parent.iterdir() if SECRET in path.read_text()]


def test_only_the_owner_may_read_what_is_kept(start: Started) -> None:
    start("umask 022; echo x")
    folder = start.log.parent
    assert {stat.S_IMODE(each.stat().st_mode) for each in (folder, folder.parent)} == {0o700}
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}
    assert sorted(each.suffix for each in folder.iterdir()) == [".json", ".json", ".log"], "the keeper's files are gone"


def test_what_an_interrupt_kept_from_beginning_says_so(start: Started, tmp_path: Path) -> None:
    with process.forwarding_interrupts():
        os.kill(os.getpid(), signal.SIGINT)
        assert start("touch started").stopped == "user"
    assert not (tmp_path / "started").exists()
    assert start.record["outcome"] == "it had not begun"


def test_the_program_has_the_signals_of_a_fresh_one(start: Started) -> None:
    """Python ignores SIGPIPE, and the keeper begins with signals blocked; Terraform inherits neither."""
    finished = start("grep -E '^Sig(Blk|Ign)' /proc/self/status || echo 'SigBlk: 0'")
    masks = [int(line.split(":")[1], 16) for line in finished.stdout.splitlines()]
    assert all(mask & (1 << (number - 1)) == 0 for mask in masks for number in (2, 1, 15, 13))


def test_a_run_has_its_processes_in_their_order(start: Started) -> None:
    for word in ("init", "plan"):
        start.run.process("first", [word, "-input=false"], 60)
    (run,) = kept_runs(start.run._folder)
    assert [each.command for each in run.processes()] == ["init", "plan"]


def test_a_disk_without_room_for_the_error_is_told(start: Started) -> None:
    """A limit on the size of files stands for it: the log takes no word of Terraform's any more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        finished = start("trap '' XFSZ; head -c 8000 /dev/zero | tr '\\0' x; exit 1")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert finished.status == 1
    assert finished.stdout.endswith("Error: the log can't be written: File too large\n")
    error = explain_failure(finished.stdout, env="dev", layer="first", directory="x")
    assert "the disk is full" in error.message


def test_a_log_that_cannot_be_rewritten_is_deleted(start: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "full", str(path))

    monkeypatch.setattr(endings, "rewrite_log", full)
    finished = start(f"echo {SECRET}")
    assert (finished.status, finished.stdout) == (0, f"{SECRET}\n")
    assert not start.log.exists()
