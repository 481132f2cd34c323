"""Standard output gets one object with `--json`, however a command ends and whoever reads it."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline import cli
from pipeline.errors import ExitCode, SitechatError
from pipeline.invocation.answer import asks_for_json, one_object
from pipeline.work import repo_root

FAILED = SitechatError("why", hint="what next", code=ExitCode.FAILED)
TOLD = {"error": {"message": "why", "hint": "what next", "exit_code": 6}}


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["synth", "--json"], True),
        (["--json"], True),
        (["synth", "--json=no"], True),
        (["synth", "--out=--json"], False),
        (["secret", "set", "--", "--json"], False),
        (["synth", "--jsonl"], False),
        ([], False),
    ],
)
def test_json_is_asked_for_by_its_option_alone(words: list[str], asked: bool) -> None:
    assert asks_for_json(words) is asked


@pytest.mark.parametrize(
    ("printed", "error", "expected"),
    [
        ('{"env": "dev"}\n', None, {"env": "dev"}),
        ("", None, {"output": ""}),
        ("[1]", None, {"output": "[1]"}),
        ("Usage: ...", None, {"output": "Usage: ..."}),
        ("", FAILED, TOLD),
        ('{"env": "dev"}', FAILED, {"env": "dev"} | TOLD),
        ('{"env": "d', FAILED, TOLD),
        ('{"one": 1}\n{"two": 2}', FAILED, TOLD),
    ],
)
def test_there_is_exactly_one_object(printed: str, error: SitechatError | None, expected: dict[str, Any]) -> None:
    assert json.loads(one_object(printed, error)) == expected


def ended(action: Any, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    with pytest.raises(SystemExit) as caught:
        cli.exit_with_code(action, as_json=True)
    printed = json.loads(capsys.readouterr().out)
    assert isinstance(printed, dict)
    assert printed["error"]["exit_code"] == caught.value.code
    return printed


def test_an_interrupt_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    def press() -> None:
        print('{"half": ')
        raise KeyboardInterrupt

    assert ended(press, capsys)["error"]["message"] == "interrupted"


def test_an_error_after_the_answer_joins_it(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        print('{"done": 3}')
        raise FAILED

    assert ended(fail, capsys) == {"done": 3} | TOLD


def test_a_bug_is_told_by_its_kind_and_raised(capsys: pytest.CaptureFixture[str]) -> None:
    def stumble() -> None:
        raise KeyError("a value")

    with pytest.raises(KeyError):
        cli.exit_with_code(stumble, as_json=True)
    told = json.loads(capsys.readouterr().out)["error"]
    assert told["exit_code"] == ExitCode.BUG
    assert "KeyError" in told["message"]
    assert "a value" not in told["message"]


def sitechat(*words: str, stdout: int | None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipeline", *words]
    return subprocess.run(command, cwd=repo_root(), stdout=stdout, stderr=subprocess.PIPE, text=True, check=False)


@pytest.mark.parametrize("words", [("ci",), ("ci", "--json"), ("--help",), ("ci", "--help", "--json")])
def test_a_reader_that_has_gone_changes_nothing(words: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ran = sitechat(*words, stdout=writing)
    finally:
        os.close(writing)
    assert (ran.returncode, ran.stderr) == (ExitCode.OK, "")


def test_a_reader_of_a_document_that_has_gone_changes_nothing() -> None:
    """More than a pipe holds is written while the command runs, and not at its end."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ran = sitechat("rights", "--env", "dev", stdout=writing)
    finally:
        os.close(writing)
    assert ran.returncode == ExitCode.OK, ran.stderr
    assert "error" not in ran.stderr
    assert "for apply of dev" in ran.stderr, "it goes on to its end"


def printed(tree: ast.AST) -> set[int]:
    """Lines with a bare print."""
    calls = (each for each in ast.walk(tree) if isinstance(each, ast.Call))
    return {each.lineno for each in calls if isinstance(each.func, ast.Name) and each.func.id == "print"}


def test_only_one_function_writes_what_programs_read() -> None:
    """A bare print fails where its reader has gone; that of --json is held back, and written by that function."""
    bare = []
    for path in sorted((repo_root() / "pipeline" / "commands").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        branches = [each for each in ast.walk(tree) if isinstance(each, ast.If) and "as_json" in ast.unparse(each.test)]
        held = {line for each in branches for inside in each.body for line in printed(inside)}
        bare += [f"{path.name}:{line}" for line in sorted(printed(tree) - held)]
    assert bare == [], "use print_exactly()"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("words", [("ci",), ("ci", "--json")])
def test_an_output_that_can_not_be_written_is_one_error(words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        ran = sitechat(*words, stdout=full.fileno())
    assert ran.returncode == ExitCode.FAILED
    assert ran.stderr.startswith("error: ")
    assert "No space left on device" in ran.stderr
    assert "Traceback" not in ran.stderr
