"""`--version` names release and commit, also where there is no commit to name."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from pipeline.invocation.version import ROOT, version_text
from tests.pipeline.operations.support import Run, commit, git


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    return tmp_path


def test_a_clone_names_its_commit(clone: Path) -> None:
    assert version_text(clone) == f"sitechat 0.1.0 (commit {git(clone, 'rev-parse', '--short', 'HEAD')})"


def test_changes_that_are_not_committed_are_told(clone: Path) -> None:
    with (clone / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    assert version_text(clone).endswith(", with uncommitted changes)")


def test_outside_a_clone_the_release_stands_alone(clone: Path) -> None:
    shutil.rmtree(clone / ".git")
    assert version_text(clone) == "sitechat 0.1.0"


def test_without_git_the_release_stands_alone(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert version_text(clone) == "sitechat 0.1.0"


def test_the_command_line_takes_it_before_any_command(run: Run) -> None:
    ran = run("--version")
    assert ran.code == ExitCode.OK
    assert re.match(r"sitechat \d+\.\d+\.\d+", ran.out)
