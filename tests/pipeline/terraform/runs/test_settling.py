"""The next command after a kill: it follows what goes on, holds it to its limit, says how it ended, and goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.errors import ExitCode, SitechatError
from pipeline.invocation import course
from pipeline.terraform.runs import Run, settle_runs
from pipeline.terraform.runs.pids import me
from pipeline.terraform.runs.record import KeptProcess, KeptRun, kept_runs
from pipeline.work import repo_root
from tests.pipeline.conftest import FakeTool

# A command that applies with the tool 3 in folder 2, its runs in folder 1.
APPLY = """
import os, sys
from pathlib import Path
from pipeline.invocation import course
from pipeline.terraform import Terraform
from pipeline.terraform.runs import Run
course.begin(["apply", "latest", "--env", "dev"])
runs, work, tool = map(Path, sys.argv[1:])
Terraform(work, dict(os.environ), tool, "dev", "first", run=Run(runs, "dev")).apply(work / "tfplan", total=1)
"""
DONE = "Apply complete! Resources: 1 added, 0 changed, 0 destroyed."
PATIENT = f"echo ready; until [ -e go ]; do sleep 0.05; done; echo 'a.b: Creation complete after 1s'; echo '{DONE}'"
STUBBORN = "trap 'echo interrupt; sleep 0.5; echo stored; exit 1' INT; echo ready; while :; do sleep 0.05; done"


class Killed:
    """Makes runs whose command is killed once Terraform is ready."""

    def __init__(self, folder: Path, fake_tool: FakeTool) -> None:
        self.folder = folder
        self.runs = folder / "logs"
        self._tool = fake_tool
        self.processes: list[KeptProcess] = []

    def __call__(self, script: str, *, whole: bool = False, asked: bool = False) -> KeptRun:
        """Kill the command; with `whole` its Terraform and the keeper, too, and once it was `asked` to end."""
        tool = self._tool("terraform", script)
        words = [sys.executable, "-c", APPLY, str(self.runs), str(self.folder), str(tool)]
        command = subprocess.Popen(words, cwd=repo_root(), stderr=subprocess.DEVNULL)
        run = self._ready(command)
        if asked:
            command.terminate()
            self.wait(lambda: any("interrupt" in each.log.read_text() for each in run.processes()))
        command.kill()
        command.wait()
        (process,) = run.processes()
        self.processes.append(process)
        if whole:
            os.killpg(process._pids()[0].number, signal.SIGKILL)
            self.wait(lambda: not process.alive)
        return KeptRun.read(run.folder) or run

    def _ready(self, command: subprocess.Popen[bytes]) -> KeptRun:
        self.wait(lambda: command.poll() is not None or any(self.runs.glob("*/*.log")))
        (run,) = (each for each in kept_runs(self.runs) if not each.ended)
        self.wait(lambda: any("ready" in each.log.read_text() for each in run.processes() if each.log.exists()))
        return run

    def wait(self, happened: Callable[[], bool]) -> None:
        for _ in range(600):
            if happened():
                return
            time.sleep(0.05)
        raise AssertionError("it did not happen")

    def clean(self) -> None:
        for process in self.processes:
            keeper, _ = process._pids()
            if keeper.alive:
                os.killpg(keeper.number, signal.SIGKILL)


@pytest.fixture
def killed(tmp_path: Path, fake_tool: FakeTool) -> Iterator[Killed]:
    made = Killed(tmp_path, fake_tool)
    yield made
    made.clean()


def later(run: KeptRun) -> KeptRun:
    found = KeptRun.read(run.folder)
    assert found is not None
    return found


def test_terraform_goes_on_is_followed_and_its_end_is_told(killed: Killed, capsys: pytest.CaptureFixture[str]) -> None:
    run = killed(PATIENT)
    assert (run.unfinished, run.alive, run.going_on) == (True, False, True)
    threading.Timer(0.5, (killed.folder / "go").touch).start()
    settle_runs(killed.runs, "dev")
    told = capsys.readouterr().err
    assert f"An earlier command was killed: sitechat apply latest --env dev ({run.id})." in told
    assert f"first, apply: {DONE}" in told
    assert "recover" not in told
    assert f"sitechat logs {run.id} --env dev" in told
    (process,) = run.processes()
    assert (process.status, process.outcome) == (0, DONE)
    assert later(run).ended
    assert not list(run.folder.glob("*.pids")) + list(run.folder.glob("*.end"))


def test_it_is_told_once(killed: Killed, capsys: pytest.CaptureFixture[str]) -> None:
    killed(PATIENT)
    (killed.folder / "go").touch()
    settle_runs(killed.runs, "dev")
    capsys.readouterr()
    settle_runs(killed.runs, "dev")
    assert capsys.readouterr().err == ""


def test_what_ended_meanwhile_is_not_waited_for(killed: Killed, capsys: pytest.CaptureFixture[str]) -> None:
    run = killed(PATIENT)
    (killed.folder / "go").touch()
    (process,) = run.processes()
    killed.wait(lambda: not process.alive)
    settle_runs(killed.runs, "dev")
    told = capsys.readouterr().err
    assert f"first, apply: {DONE}" in told
    assert "goes on" not in told


def test_one_that_was_cut_off_leads_to_recover(killed: Killed, capsys: pytest.CaptureFixture[str]) -> None:
    run = killed(PATIENT, whole=True)
    settle_runs(killed.runs, "dev")
    told = capsys.readouterr().err
    assert "first, apply: cut off: it was killed in the middle" in told
    assert "`sitechat recover --env dev`" in told
    assert later(run).ended


def test_recover_is_not_led_to_itself(
    killed: Killed, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(PATIENT, whole=True)
    monkeypatch.setattr(course, "_words", ["recover"])
    settle_runs(killed.runs, "dev")
    told = capsys.readouterr().err
    assert "cut off" in told
    assert "sitechat recover" not in told


def test_a_failure_is_told_by_its_first_line(killed: Killed, capsys: pytest.CaptureFixture[str]) -> None:
    script = "echo ready; until [ -e go ]; do sleep 0.05; done; printf '╷\\n│ Error: no such thing\\n╵\\n' >&2; exit 1"
    killed(script)
    (killed.folder / "go").touch()
    settle_runs(killed.runs, "dev")
    assert "first, apply: failed: Error: no such thing" in capsys.readouterr().err


def test_past_its_limit_it_gets_its_one_interrupt(killed: Killed, capsys: pytest.CaptureFixture[str]) -> None:
    run = killed(STUBBORN)
    (process,) = run.processes()
    record = process.stem.with_name(process.stem.name + ".json")
    record.write_text(json.dumps(json.loads(record.read_bytes()) | {"deadline": time.time() - 60}))
    settle_runs(killed.runs, "dev")
    assert "first, apply: stopped at its time limit" in capsys.readouterr().err
    assert process.log.read_text() == "ready\ninterrupt\nstored\n"


def test_a_cancelled_job_that_is_killed_soon_after_gives_one_interrupt(
    killed: Killed, capsys: pytest.CaptureFixture[str]
) -> None:
    """SIGTERM, then SIGKILL, as runners do; here Terraform is left to finish. The next command gives no second one."""
    run = killed(STUBBORN, asked=True)
    (process,) = run.processes()
    record = process.stem.with_name(process.stem.name + ".json")
    record.write_text(json.dumps(json.loads(record.read_bytes()) | {"deadline": time.time() - 60}))
    settle_runs(killed.runs, "dev")
    assert "first, apply: stopped: it was interrupted" in capsys.readouterr().err
    assert process.log.read_text() == "ready\ninterrupt\nstored\n"


def test_within_its_limit_it_gets_none(killed: Killed) -> None:
    run = killed(PATIENT)
    (process,) = run.processes()
    assert process.deadline - time.time() > 3600
    (killed.folder / "go").touch()
    settle_runs(killed.runs, "dev")
    assert process.stopped == ""


def test_an_interrupt_while_it_waits_leaves_terraform_going(killed: Killed) -> None:
    run = killed(PATIENT)
    # What runs in the background of a script has SIGINT ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    try:
        with pytest.raises(SitechatError, match="goes on: apply of first") as caught:
            settle_runs(killed.runs, "dev")
    finally:
        signal.signal(signal.SIGINT, before)
    assert caught.value.code is ExitCode.INTERRUPTED
    assert f"sitechat logs {run.id} --env dev --follow" in caught.value.hint
    (process,) = run.processes()
    assert process.alive
    assert process.stopped == ""
    assert later(run).unfinished


def test_a_run_that_goes_on_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(tmp_path / "logs", "dev")
    run.process("first", ["apply"], 60)
    before = (tmp_path / "logs" / run.id / "run.json").read_bytes()
    settle_runs(tmp_path / "logs", "dev")
    assert capsys.readouterr().err == ""
    assert (tmp_path / "logs" / run.id / "run.json").read_bytes() == before


def test_a_run_of_another_machine_is_left_alone(killed: Killed, capsys: pytest.CaptureFixture[str]) -> None:
    run = killed(PATIENT)
    later(run).write(place="elsewhere")
    settle_runs(killed.runs, "dev")
    assert capsys.readouterr().err == ""


def test_a_pid_that_somebody_else_has_by_now_is_no_life_sign(killed: Killed) -> None:
    """Command, keeper and program get the pid of this process, which began at another time."""
    run = killed(PATIENT, whole=True)
    mine = [me().number, "another boot 12345"]
    later(run).write(process=mine)
    (process,) = run.processes()
    process.stem.with_name(process.stem.name + ".pids").write_text(json.dumps({"keeper": mine, "program": mine}))
    assert later(run).unfinished
    assert not process.alive
    before = signal.signal(signal.SIGINT, lambda *given: pytest.fail("interrupted"))
    try:
        process.interrupt("limit")
    finally:
        signal.signal(signal.SIGINT, before)


def test_secrets_leave_the_log_of_a_killed_run_too(killed: Killed) -> None:
    secret = "ghp_" + "a1B2" * 9
    run = killed(f"echo {secret}; {PATIENT}")
    (process,) = run.processes()
    assert secret in process.log.read_text()
    (killed.folder / "go").touch()
    settle_runs(killed.runs, "dev")
    assert secret not in process.log.read_text()
    assert "(hidden: a GitHub token)" in process.log.read_text()


def test_a_process_that_never_began_is_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = Run(tmp_path / "logs", "dev")
    process = made.process("first", ["plan"], 60)
    record = process.stem.with_name(process.stem.name + ".json")
    record.write_text(json.dumps(json.loads(record.read_bytes()) | {"deadline": time.time()}))
    (run,) = kept_runs(tmp_path / "logs")
    run.write(process=[me().number, "another"])
    settle_runs(tmp_path / "logs", "dev")
    assert "first, plan: it had not begun" in capsys.readouterr().err
