"""`sitechat rights`: policies of whoever plans, or applies and destroys, an environment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import main
from pipeline.errors import ExitCode
from policies.rights import asked
from policies.rights.grant import ATTACHED_POLICIES, POLICY_CHARACTERS

ACCOUNT = "222222222222"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "dev.toml"
    path.write_text(f'account_id = "{ACCOUNT}"\n[search]\nenabled = false\n')
    return path


def run(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["rights", *words])
    assert ended.value.code == status
    return capsys.readouterr().out


def actions(policies: dict[str, Any]) -> set[str]:
    return {action for each in policies.values() for statement in each["Statement"] for action in statement["Action"]}


def test_to_apply_is_more_than_to_plan_and_all_of_it_fits(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    plan = json.loads(run(capsys, "--env", str(file), "--for", "plan", "--json"))["policies"]
    found = json.loads(run(capsys, "--env", str(file), "--json"))
    apply = found["policies"]
    assert (found["for"], next(iter(apply))) == ("apply", "sitechat-dev-apply-1")
    assert actions(plan) < actions(apply)
    assert "ec2:CreateVpc" in actions(apply) - actions(plan)
    assert "es:CreateDomain" not in actions(apply), "search is off"
    assert max(len(json.dumps(each, separators=(",", ":"))) for each in apply.values()) <= POLICY_CHARACTERS
    assert len(apply) <= ATTACHED_POLICIES


def test_files_are_written_and_named(capsys: pytest.CaptureFixture[str], file: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "rights"
    named = run(capsys, "--env", str(file), "--for", "plan", "--out", str(out)).split()
    assert named == [str(path) for path in sorted(out.iterdir())]
    assert all(json.loads(path.read_text())["Version"] == "2012-10-17" for path in out.iterdir())


def test_statements_name_the_account_and_the_environment(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    text = run(capsys, "--env", str(file))
    assert f"arn:aws:iam::{ACCOUNT}:role/sitechat-dev-us-east-1-*" in text
    assert f"arn:aws:s3:::sitechat-state-{ACCOUNT}-us-east-1/sitechat/dev/*" in text


def test_an_unknown_environment_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "--env", "nowhere", status=ExitCode.USAGE)


def test_a_type_that_nobody_knows_is_named(
    capsys: pytest.CaptureFixture[str], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = {kind: found for kind, found in asked._lines("layers").items() if kind != "aws_vpc"}
    monkeypatch.setattr(asked, "_lines", lambda part: lines)
    found = json.loads(run(capsys, "--env", str(file), "--json", status=ExitCode.INCOMPLETE))
    assert "aws_vpc" in found["error"]["message"]
    assert "make rights" in found["error"]["message"]
