"""`env new` writes a file that passes the gate and says what comes next; `env list` shows those there are."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from config import load
from pipeline.errors import ExitCode
from pipeline.work import repo_root
from tests.pipeline.operations.support import Run

ACCOUNT = "222222222222"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of environments/, in which the command works."""
    place = tmp_path / "environments"
    shutil.copytree(repo_root() / "environments", place)
    monkeypatch.setattr("config.reading.ENVIRONMENTS", place)
    monkeypatch.setattr("pipeline.commands.env.repo_root", lambda: tmp_path)
    return place


def test_a_new_environment_passes_the_gate_and_says_what_is_next(folder: Path, run: Run) -> None:
    ran = run("env", "new", "demo2", "--from", "prod", "--account-id", ACCOUNT)
    assert ran.code == ExitCode.OK
    assert load(folder / "demo2.toml").account_id == ACCOUNT
    told = " ".join(ran.out.split())
    assert "made from prod" in told
    assert "dns: left out" in told
    assert "gate: passes" in told
    assert "accepted in policies/waivers.toml by platform" in told
    assert "USD a month" in told
    assert "sitechat bootstrap --env demo2" in told


def test_with_json_it_is_one_object(folder: Path, run: Run) -> None:
    ran = run("env", "new", "demo2", "--json")
    found = json.loads(ran.out)
    assert found["passed"]
    assert {each["owner"] for each in found["waivers"]} == {"platform"}
    assert found["cost"]
    assert "security.trail" in found["changed"]
    assert "demo2.toml" in found["next"][0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("dev",), "there is an environment dev already"),
        (("Demo",), "a word of 2 to 12 lower-case letters"),
        (("aws",), "a word of 2 to 12 lower-case letters"),
        (("../demo",), "is a place, not a name"),
        (("demo2", "--from", "nowhere"), "no such environment"),
        (("demo2", "--account-id", "12"), "the 12 digits of an AWS account"),
    ],
)
def test_what_cannot_be_made_is_refused_and_leaves_nothing(
    folder: Path, run: Run, words: tuple[str, ...], said: str
) -> None:
    before = sorted(folder.parent.rglob("*"))
    ran = run("env", "new", *words)
    assert ran.code == ExitCode.USAGE
    assert said in " ".join(ran.err.split())
    assert sorted(folder.parent.rglob("*")) == before


def test_list_shows_each_and_what_is_wrong(folder: Path, run: Run) -> None:
    (folder / "broken.toml").write_text('account_id = "12"\n')
    ran = run("env", "list")
    assert ran.code == ExitCode.OK
    assert "sitechat synth --env broken" in " ".join(ran.out.split())
    rows = {each["env"]: each for each in json.loads(run("env", "list", "--json").out)["environments"]}
    assert rows["local"]["emulated"]
    assert rows["prod"]["domain"] == "chat.example.com"
    assert "12 digits" in rows["broken"]["problem"]
