"""`sitechat ci`: the environments that a repository's CI deploys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.cli import main

TEXT = 'account_id = "222222222222"\n[ci]\nrepository = "acme/site-chat"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "dev.toml"
    path.write_text(TEXT)
    return path


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["ci", *words])
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_roles_are_those_that_bootstrap_builds(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    role = "arn:aws:iam::222222222222:role/sitechat-dev-us-east-1-ci-"
    assert json.loads(shown(capsys, "--env", str(file), "--json")) == {
        "environments": [
            {
                "env": str(file),
                "repository": "acme/site-chat",
                "subject": "repo:acme/site-chat",
                "region": "us-east-1",
                "plan": f"{role}plan",
                "publish": f"{role}publish",
                "apply": f"{role}apply",
                "release": f"{role}release",
                "push": f"{role}push",
                "cost": f"{role}cost",
            }
        ]
    }
    assert f"apply: {role}apply" in shown(capsys, "--env", str(file))


def test_the_subject_to_compare_with_githubs_is_shown(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    file.write_text(f"{TEXT}owner_id = 9919\nrepository_id = 456789\n")
    assert "trusts tokens of: repo:acme@9919/site-chat@456789\n" in shown(capsys, "--env", str(file))


def test_another_repository_has_nothing_to_do_here(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    assert "acme/site-chat" in shown(capsys, "--env", str(file), "--repository", "acme/site-chat")
    found = shown(capsys, "--env", str(file), "--repository", "someone/site-chat", "--json")
    assert json.loads(found) == {"environments": []}


def test_a_fresh_clone_has_no_ci(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(shown(capsys, "--json")) == {"environments": []}
    assert "by hand" in shown(capsys)
