"""`sitechat logs`: runs in a list, their logs, and one that is followed."""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pipeline import session
from pipeline.commands.logs import complete_run
from pipeline.invocation import course
from pipeline.terraform import Terraform
from pipeline.terraform.runs import Run
from pipeline.terraform.runs.pids import me
from pipeline.terraform.runs.record import KeptRun, kept_runs
from tests.pipeline.conftest import FakeTool
from tests.pipeline.operations.support import Run as RunIt

SECRET = "ghp_" + "a1B2" * 9


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the runs of dev."""
    monkeypatch.setattr(session, "repo_root", lambda: tmp_path)
    return tmp_path / ".sitechat" / "logs" / "dev"


def ran(logs: Path, tool: Path, code: int = 0) -> KeptRun:
    """A run that applied the layer `first` with a tool, and ended."""
    course.begin(["apply", "latest"])
    run = Run(logs, "dev")
    terraform = Terraform(logs.parent, dict(os.environ), tool, "dev", "first", run=run)
    terraform.apply(logs.parent / "tfplan")
    (folder,) = logs.glob(run.id)
    course.end(code)
    return KeptRun(folder, {})


@pytest.fixture
def applied(logs: Path, fake_tool: FakeTool) -> KeptRun:
    logs.mkdir(parents=True)
    script = f"echo 'a.b: Creating...'; echo {SECRET}; echo 'Apply complete! Resources: 1 added.'"
    return ran(logs, fake_tool("terraform", script))


def test_without_any_it_says_so(run: RunIt, logs: Path) -> None:
    assert run("logs", "--env", "dev").out == "No command has started Terraform here yet.\n"
    assert json.loads(run("logs", "--env", "dev", "--json").out) == {"env": "dev", "runs": []}


def test_the_list_has_when_what_how_long_and_how_it_ended(run: RunIt, applied: KeptRun) -> None:
    listed, following = run("logs", "--env", "dev").out.splitlines()
    assert listed.startswith(f"{applied.id}    0:0")
    assert listed.endswith("done (0): sitechat apply latest")
    assert following == "next: sitechat logs latest --env dev"


HOW = [(0, "done (0)"), (10, "done, and it found something (10)"), (6, "failed (6)"), (130, "interrupted (130)")]


@pytest.mark.parametrize(("code", "told"), HOW)
def test_how_it_ended_is_told_in_words(run: RunIt, logs: Path, fake_tool: FakeTool, code: int, told: str) -> None:
    logs.mkdir(parents=True)
    ran(logs, fake_tool("terraform", "true"), code)
    assert f"{told}: " in run("logs", "--env", "dev").out


@pytest.mark.parametrize("wanted", ["latest", "its id"])
def test_a_run_shows_what_terraform_printed_layer_by_layer(run: RunIt, applied: KeptRun, wanted: str) -> None:
    shown = run("logs", applied.id if wanted == "its id" else wanted, "--env", "dev").out.splitlines()
    assert shown[0].startswith("== first: apply, begun ")
    assert shown[0].endswith(": Apply complete! Resources: 1 added.")
    assert shown[1:4] == ["a.b: Creating...", "(hidden: a GitHub token)", "Apply complete! Resources: 1 added."]
    assert shown[4].startswith(applied.id)


def test_json_has_the_processes_with_their_logs(run: RunIt, applied: KeptRun) -> None:
    found = json.loads(run("logs", "latest", "--env", "dev", "--json").out)["run"]
    assert (found["id"], found["exit_code"], found["killed"], found["going_on"]) == (applied.id, 0, False, False)
    (process,) = found["processes"]
    assert (process["layer"], process["status"], process["stopped"]) == ("first", 0, "")
    assert process["terraform"].startswith("apply -input=false")
    assert process["log"].startswith("a.b: Creating...\n")


def test_an_unknown_run_is_refused_with_those_there_are(run: RunIt, applied: KeptRun) -> None:
    ended = run("logs", "yesterday", "--env", "dev")
    assert ended.code == 2
    assert "no run 'yesterday' of dev" in ended.err
    assert applied.id in ended.err


def test_latest_of_none_is_refused(run: RunIt, logs: Path) -> None:
    ended = run("logs", "latest", "--env", "dev")
    assert ended.code == 2
    assert "No command has started Terraform" in ended.err


def test_following_and_json_exclude_each_other(run: RunIt, logs: Path) -> None:
    assert run("logs", "--follow", "--json", "--env", "dev").code == 2


def test_a_run_is_followed_to_its_end(run: RunIt, logs: Path, fake_tool: FakeTool, tmp_path: Path) -> None:
    script = f"echo one {SECRET}; until [ -e go ]; do sleep 0.05; done; echo two"
    logs.mkdir(parents=True)
    course.begin(["apply"])
    going = Run(logs, "dev")
    tool = fake_tool("terraform", script)

    def work() -> None:
        Terraform(logs.parent, dict(os.environ), tool, "dev", "first", run=going).apply(logs.parent / "tfplan")
        going._end(0)

    working = threading.Thread(target=work)
    working.start()
    while not list(logs.glob("*/*.log")):
        time.sleep(0.02)
    threading.Timer(0.5, (logs.parent / "go").touch).start()
    ended = run("logs", "--follow", "--env", "dev")
    working.join()
    shown = ended.out.splitlines()
    assert shown[0].startswith("== first: apply")
    assert shown[1:3] == ["first: one (hidden: a GitHub token)", "first: two"]
    assert "done (0)" in shown[3]


def test_one_that_is_at_work_is_not_waited_for(run: RunIt, logs: Path) -> None:
    logs.mkdir(parents=True)
    course.begin(["apply"])
    Run(logs, "dev").process("first", ["apply"], 60)
    assert "goes on: sitechat apply" in run("logs", "--env", "dev").out
    shown = run("logs", "latest", "--env", "dev").out
    assert "goes on" in shown


def test_killed_ones_and_those_of_other_machines_are_told_apart(run: RunIt, logs: Path, applied: KeptRun) -> None:
    (kept,) = kept_runs(logs)
    kept.write(ended=None, exit_code=None, process=[me().number, "another"])
    assert "killed: sitechat apply" in run("logs", "--env", "dev").out
    kept.write(ended=None, exit_code=None, place="that-machine pid:[1]")
    assert "unknown: it began on that-machine: " in run("logs", "--env", "dev").out
    kept.write(ended=None, exit_code=None, settled="2026-01-15T12:00:00Z", process=[me().number, "another"])
    assert "killed; Terraform: Apply complete! Resources: 1 added.: " in run("logs", "--env", "dev").out


def test_of_a_killed_run_the_layer_that_was_cut_off_is_told(run: RunIt, logs: Path, applied: KeptRun) -> None:
    (kept,) = kept_runs(logs)
    (first,) = kept.processes()
    second = replace(first, stem=first.stem.with_name("02-second-apply"), number=2, layer="second")
    second.close(-9, "cut off: it was killed in the middle")
    third = replace(first, stem=first.stem.with_name("03-third-apply"), number=3, layer="third")
    third.close(0, first.outcome)
    kept.write(ended=None, exit_code=None, settled="2026-01-15T12:00:00Z", process=[me().number, "another"])
    told = run("logs", "--env", "dev").out
    assert "killed; Terraform: apply of second cut off: it was killed in the middle: sitechat apply" in told
    assert "Apply complete" not in told


def test_a_file_with_a_mistake_keeps_nobody_from_the_logs(
    run: RunIt, logs: Path, applied: KeptRun, tmp_path: Path
) -> None:
    broken = tmp_path / "dev.toml"
    broken.write_text("[service]\ncpu = 7\n")
    assert applied.id in run("logs", "--env", broken).out
    unknown = tmp_path / "never.toml"
    unknown.write_text("[service]\ncpu = 7\n")
    assert run("logs", "--env", unknown).code == 2


def test_a_shell_completes_ids_of_runs(applied: KeptRun) -> None:
    def completed(env: str, begun: str) -> list[str]:
        return complete_run(cast(Any, SimpleNamespace(params={"env": env})), begun)

    assert completed("dev", "") == ["latest", applied.id]
    assert completed("dev", applied.id[:9]) == [applied.id]
    assert completed("nowhere", "") == []


def test_logs_of_the_emulated_aws_stay_readable_once_it_is_stopped(
    run: RunIt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fake_tool: FakeTool
) -> None:
    monkeypatch.setattr(session, "repo_root", lambda: tmp_path)
    folder = tmp_path / ".sitechat" / "runs" / "abc" / "logs" / "local"
    folder.mkdir(parents=True)
    kept = ran(folder, fake_tool("terraform", "true"))
    assert kept.id in run("logs", "--env", "local").out


@pytest.fixture
def two_layers(logs: Path, fake_tool: FakeTool) -> KeptRun:
    """A run that applied the layers `first` and `second`."""
    logs.mkdir(parents=True)
    course.begin(["apply", "latest"])
    run = Run(logs, "dev")
    for layer in ("first", "second"):
        tool = fake_tool("terraform", f"echo 'of {layer}'")
        Terraform(logs.parent, dict(os.environ), tool, "dev", layer, run=run).apply(logs.parent / "tfplan")
    course.end(0)
    return KeptRun(logs / run.id, {})


def test_one_layer_of_a_run_is_shown(run: RunIt, two_layers: KeptRun) -> None:
    whole = run("logs", "latest", "--env", "dev").out
    assert "of first" in whole
    assert "of second" in whole
    shown = run("logs", "latest", "--env", "dev", "--layer", "second").out
    assert "of second" in shown
    assert "of first" not in shown
    found = json.loads(run("logs", "latest", "--env", "dev", "--layer", "first", "--json").out)["run"]["processes"]
    assert [each["layer"] for each in found] == ["first"]
    followed = run("logs", "--follow", "--env", "dev", "--layer", "first").out
    assert "first: of first" in followed
    assert "second" not in followed


def test_a_layer_that_the_run_did_not_touch_and_one_without_a_run_are_refused(run: RunIt, two_layers: KeptRun) -> None:
    done = run("logs", "latest", "--env", "dev", "--layer", "third")
    assert (done.code, done.out) == (2, "")
    assert "It did for: first, second." in done.err
    done = run("logs", "--env", "dev", "--layer", "first")
    assert done.code == 2
    assert "sitechat logs latest --env dev --layer first" in done.err
