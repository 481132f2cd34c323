"""`sitechat synth`: nothing but an earlier synthesis is replaced, and two at once never mix."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from pipeline.synth import place
from pipeline.synth.layers import read_synthesis
from pipeline.work import repo_root
from tests.pipeline.operations.support import Run
from tests.support import shared


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_with_anything_else_stays_as_it_is(run: Run, tmp_path: Path) -> None:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "mine.py").write_text("mine")
    before = everything(tmp_path)
    ran = run("synth", "--env", "dev", "--out", tmp_path, "--json")
    assert ran.code == ExitCode.USAGE
    assert "stacks/mine.py" in json.loads(ran.out)["error"]["message"]
    assert everything(tmp_path) == before


def test_the_project_stays_as_it_is(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo_root())
    before = everything(repo_root() / "stacks")
    for name in (".", "stacks", "./stacks/", "stacks/..", "docs/../stacks", str(repo_root())):
        assert run("synth", "--env", "dev", "--out", name).code == ExitCode.USAGE
    assert everything(repo_root() / "stacks") == before


def test_an_earlier_synthesis_is_replaced_by_that_of_another_environment(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    for name in ("dev", "prod", "prod"):
        assert run("synth", "--env", name, "--out", out).code == ExitCode.OK
        assert read_synthesis(out, name).sha256 == shared.synthesis(name).sha256
    assert place.strangers(out) == []
    assert [each.name for each in out.parent.iterdir()] == ["out"]


def test_a_relative_file_is_the_same_for_the_synthesis(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own process runs in the project's folder, where the path would lead elsewhere."""
    for suffix in ("toml", "conf"):
        file = tmp_path / f"mine.{suffix}"
        file.write_text('account_id = "222222222222"\nproject = "elsewhere"\n')
        monkeypatch.chdir(tmp_path)
        ran = run("synth", "--env", f"./mine.{suffix}", "--out", "out", "--json")
        assert ran.code == ExitCode.OK, ran.err
        assert json.loads(ran.out)["dir"] == str(tmp_path / "out")
        assert "elsewhere-mine" in read_synthesis(tmp_path / "out", "mine").layer("infrastructure").path.read_text()


def test_two_at_once_leave_one_of_them_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    names = ("dev", "prod", "dev", "prod")
    commands = [
        subprocess.Popen(
            [sys.executable, "-m", "pipeline", "synth", "--env", name, "--out", str(out), "--json"],
            cwd=repo_root(),
            env=os.environ.copy(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for command in commands:
        printed, said = command.communicate()
        assert command.returncode in (ExitCode.OK, ExitCode.REFUSED), said
        assert isinstance(json.loads(printed), dict)
        assert "Traceback" not in said
    whole = {shared.synthesis(name).sha256 for name in set(names)}
    assert read_synthesis(out, "dev").sha256 in whole
    assert place.strangers(out) == []
    assert [each.name for each in tmp_path.iterdir()] == ["out"]
