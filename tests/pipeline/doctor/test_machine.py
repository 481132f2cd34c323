"""Diagnosis of the machine: findings and their fixes."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import session
from pipeline.doctor import Diagnosis, diagnose
from pipeline.errors import EMULATED_ANEW, ExitCode, SitechatError
from pipeline.recovery.unapplied import Unapplied
from pipeline.session import Session
from tests.pipeline.conftest import FakeTool


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """The environment file of a fresh clone."""
    path = tmp_path / "trial.toml"
    path.write_text('account_id = "111111111111"\n')
    return path


def nothing(session: Session) -> Unapplied:
    raise AssertionError("these tests open no session")


def found(path: Path) -> dict[str, Diagnosis]:
    return {each.name: each for each in diagnose(str(path), nothing)}


def test_tools_that_are_there_are_green(fresh: Path, monkeypatch: pytest.MonkeyPatch, fake_tool: FakeTool) -> None:
    monkeypatch.setenv("SITECHAT_TERRAFORM", str(fake_tool("terraform", "echo Terraform v1.11.4")))
    monkeypatch.setenv("PATH", f"{fake_tool('node', 'echo v22.1.0').parent}:/bin:/usr/bin")
    lights = {name: each.light for name, each in found(fresh).items()}
    assert {lights[name] for name in ("python", "node", "packages", "terraform")} == {"green"}


def test_missing_tools_are_red_each_with_the_fix(fresh: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SITECHAT_TERRAFORM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    findings = found(fresh)
    assert findings["node"].light == findings["terraform"].light == "red"
    assert "Node 20" in findings["node"].fix
    assert "Install Terraform" in findings["terraform"].fix


def test_an_old_node_is_red(fresh: Path, monkeypatch: pytest.MonkeyPatch, fake_tool: FakeTool) -> None:
    monkeypatch.setenv("PATH", f"{fake_tool('node', 'echo v18.20.0').parent}:/bin:/usr/bin")
    assert found(fresh)["node"].light == "red"


def test_the_placeholder_account_is_yellow_and_names_the_line(fresh: Path) -> None:
    account = found(fresh)["account"]
    assert account.light == "yellow"
    assert f"{fresh}:1" in account.detail


def test_an_account_of_ones_own_is_green(fresh: Path) -> None:
    fresh.write_text('account_id = "222222222222"\n')
    assert found(fresh)["account"].light == "green"


def test_commands_of_a_fix_carry_the_environment_as_it_was_given(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh.write_text('account_id = "222222222222"\n')

    def gone(*arguments: object, **options: object) -> Session:
        raise SitechatError("it is down", hint=EMULATED_ANEW, code=ExitCode.MISSING)

    monkeypatch.setattr(session, "open_session", gone)
    fix = found(fresh)["credentials"].fix
    assert f"`sitechat deploy --env {fresh}`" in fix
    assert "`sitechat local up`" in fix
