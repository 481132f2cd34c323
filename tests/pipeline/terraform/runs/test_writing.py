"""A run begins with its first process, ends with its command, and makes room for itself."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

from pipeline.invocation import course
from pipeline.terraform.runs import writing
from pipeline.terraform.runs.pids import me, this_place
from pipeline.terraform.runs.record import KeptRun, kept_runs, time_text
from pipeline.terraform.runs.writing import Run, remove_old_runs

DAY = 24 * 3600


def old(folder: Path, days: float, size: int = 10, **content: object) -> KeptRun:
    """A run that began so many days ago, and ended well unless `content` says otherwise."""
    begun = time_text(time.time() - days * DAY)
    run = KeptRun(folder / f"{re.sub('[-:]', '', begun)}-plan-{os.urandom(2).hex()}", {})
    run.folder.mkdir(parents=True)
    known = {"begun": begun, "ended": begun, "exit_code": 0, "place": this_place(), "process": [1, "x"]}
    run.write(**(known | content))
    (run.folder / "01-first-plan.log").write_text("x" * size)
    return run


def left(folder: Path) -> list[str]:
    return [run.id for run in kept_runs(folder)]


def test_nothing_is_written_before_the_first_process(tmp_path: Path) -> None:
    run = Run(tmp_path / "logs", "dev")
    assert not (tmp_path / "logs").exists()
    assert run.id == ""
    run.process("first", ["init"], 60)
    assert left(tmp_path / "logs") == [run.id]


def test_a_run_is_named_by_time_and_command_and_has_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "ghp_" + "a1B2" * 9
    monkeypatch.setattr(course, "_words", ["plan", "--env", "dev", f"--layer={secret}"])
    made = Run(tmp_path, "dev")
    made.process("first", ["init", secret], 60)
    assert re.fullmatch(r"\d{8}T\d{6}Z-plan-[0-9a-f]{4}", made.id)
    (run,) = kept_runs(tmp_path)
    assert run.command == "sitechat plan --env dev (hidden: a GitHub token)"
    assert run.alive
    assert not [path for path in run.folder.iterdir() if secret in path.read_text()]


def test_its_end_has_the_exit_code_of_the_command(tmp_path: Path) -> None:
    course.begin(["apply"])
    Run(tmp_path, "dev").process("first", ["apply"], 60)
    course.end(6)
    (run,) = kept_runs(tmp_path)
    assert (run.exit_code, run.killed, run.alive) == (6, False, False)
    assert run.ended


def test_a_session_that_goes_on_after_its_run_begins_another(tmp_path: Path) -> None:
    course.begin(["apply"])
    made = Run(tmp_path, "dev")
    made.process("first", ["apply"], 60)
    course.end(0)
    made.process("first", ["apply"], 60)
    assert len(left(tmp_path)) == 2
    course.end(0)


def test_more_runs_than_the_limit_go_the_oldest_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MOST_RUNS", 3)
    runs = [old(tmp_path, days) for days in (4, 3, 2, 1)]
    remove_old_runs(tmp_path)
    assert left(tmp_path) == [run.id for run in runs[2:]], "and there is room for one more"


def test_more_bytes_than_the_limit_go_the_oldest_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MOST_BYTES", 5000)
    runs = [old(tmp_path, days, size=2000) for days in (4, 3, 2, 1)]
    remove_old_runs(tmp_path)
    assert left(tmp_path) == [run.id for run in runs[2:]]


def test_what_is_older_than_the_limit_goes(tmp_path: Path) -> None:
    old(tmp_path, 31)
    kept = old(tmp_path, 29)
    remove_old_runs(tmp_path)
    assert left(tmp_path) == [kept.id]


def test_a_run_that_goes_on_is_never_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MOST_RUNS", 1)
    process = me()
    alive = old(tmp_path, 40, ended=None, process=[process.number, process.began])
    dead = old(tmp_path, 39, ended=None, process=[process.number, "another"])
    remove_old_runs(tmp_path)
    assert left(tmp_path) == [alive.id]
    assert not dead.folder.exists()


def test_a_run_of_another_machine_is_removed_by_its_age_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MOST_RUNS", 1)
    old(tmp_path, 31, ended=None, place="elsewhere")
    young = old(tmp_path, 29, ended=None, place="elsewhere")
    remove_old_runs(tmp_path)
    assert left(tmp_path) == [young.id]


def test_a_record_that_cannot_be_read_is_no_run(tmp_path: Path) -> None:
    folder = tmp_path / "20260101T000000Z-plan-0000"
    folder.mkdir()
    (folder / "run.json").write_text("{")
    assert left(tmp_path) == []
    Run(tmp_path, "dev").process("first", ["init"], 60)
    assert len(left(tmp_path)) == 1
