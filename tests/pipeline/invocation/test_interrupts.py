"""Ctrl-C, SIGTERM and SIGHUP end a command alike: a word, code 130, and nothing left behind."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import cli
from pipeline.errors import ExitCode
from pipeline.invocation.interrupts import ENDING, ignoring_interrupts, raising_interrupts
from pipeline.synth import cache
from pipeline.work import repo_root
from tests.pipeline.conftest import FakeTool

EVERY = (signal.SIGINT, *ENDING)


@pytest.fixture(autouse=True)
def heeded() -> Iterator[None]:
    """Signals as a shell in the foreground leaves them; what it starts in the background ignores SIGINT."""
    ignored = [number for number in EVERY if signal.getsignal(number) is signal.SIG_IGN]
    before = {number: signal.signal(number, signal.SIG_DFL) for number in ignored}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", EVERY)
@pytest.mark.parametrize("words", [("synth", "--json"), ("scan", "--json"), ("synth",)], ids=" ".join)
def test_a_synthesis_under_way_is_ended(
    tmp_path: Path, fake_tool: FakeTool, number: signal.Signals, words: tuple[str, ...]
) -> None:
    """In place of Node stands a program that says where it is and goes on for ever."""
    begun = tmp_path / "begun"
    os.mkfifo(begun)
    node = fake_tool("node", f'echo "$$ $TMPDIR" > {begun}; exec sleep 3600')
    variables = os.environ | {cache.SWITCH: "0", "PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}
    out = ("--out", str(tmp_path / "out")) if words[0] == "synth" else ()
    with subprocess.Popen(
        [sys.executable, "-m", "pipeline", *words, *out],
        cwd=repo_root(),
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as command:
        pid, temporary = begun.read_text().split()
        watched = os.pidfd_open(int(pid))
        command.send_signal(number)
        printed, said = command.communicate(timeout=120)
    assert select.select([watched], [], [], 60)[0] == [watched], "Node runs on"
    os.close(watched)
    assert command.returncode == ExitCode.INTERRUPTED
    assert "Traceback" not in said
    word = "interrupted" if number is signal.SIGINT else f"ended by {number.name}"
    assert f"error: {word}\n" in said
    if "--json" in words:
        assert json.loads(printed)["error"]["message"] == word
    assert not Path(temporary).parent.exists()
    assert not (tmp_path / "out").exists()


LOADING = """
import os, signal, sys
class Signalling:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[2]:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), int(sys.argv[1]))
sys.meta_path.insert(0, Signalling())
from pipeline.cli import main
main(["synth", "--json"])
"""


@pytest.mark.parametrize("number", EVERY)
@pytest.mark.parametrize("module", ["typer", "rich.console", "pipeline.commands.synth", "pydantic"])
def test_one_that_comes_while_modules_are_loaded_is_told_as_well(number: signal.Signals, module: str) -> None:
    command = [sys.executable, "-c", LOADING, str(int(number)), module]
    variables = os.environ | {cache.SWITCH: "0"}
    ran = subprocess.run(command, cwd=repo_root(), env=variables, capture_output=True, text=True, check=False)
    assert ran.returncode == ExitCode.INTERRUPTED
    assert json.loads(ran.stdout)["error"]["exit_code"] == ExitCode.INTERRUPTED
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("number", EVERY)
def test_handlers_are_there_inside_alone(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), raising_interrupts():
        signal.raise_signal(number)
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("number", EVERY)
def test_one_that_a_library_turns_into_its_own_error_is_told_as_what_it_was(
    number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    """As pydantic's core does where it calls Python."""

    def wrapped() -> None:
        try:
            signal.raise_signal(number)
        except KeyboardInterrupt:
            raise ValueError("schema") from None

    with pytest.raises(SystemExit) as caught, raising_interrupts():
        cli.exit_with_code(wrapped, as_json=True)
    assert caught.value.code == ExitCode.INTERRUPTED
    assert json.loads(capsys.readouterr().out)["error"]["exit_code"] == ExitCode.INTERRUPTED


def test_what_is_ignored_stays_ignored() -> None:
    """As `nohup` does with SIGHUP."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with raising_interrupts():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", EVERY)
def test_the_last_words_are_not_cut_off(number: signal.Signals) -> None:
    with ignoring_interrupts():
        signal.raise_signal(number)
