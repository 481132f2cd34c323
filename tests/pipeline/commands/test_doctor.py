"""`sitechat doctor` as a command: what it prints, and its exit code, with a synthesis for the names."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from pipeline import cli
from pipeline.commands import doctor
from pipeline.doctor import Diagnosis
from pipeline.errors import ExitCode
from tests.pipeline.operations.support import Account


@pytest.mark.usefixtures("synthesised_once")
def test_it_asks_for_the_names_of_the_synthesis(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """The emulated AWS lacks answers; a name of dev's layers that exists is what the command is about."""
    name = "sitechat-dev-us-east-1-execution"
    iam = account.client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")
    try:
        with pytest.raises(SystemExit) as ended:
            cli.main(["doctor", "--env", str(account.file), "--json"])
    finally:
        iam.delete_role(RoleName=name)
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert ended.value.code == ExitCode.MISSING
    taken = [each for each in findings if each["name"] == "names" and each["light"] == "red"]
    assert [each["detail"].split()[1] for each in taken] == [name]
    unasked = [each for each in findings if "was not synthesised" in each["detail"]]
    assert unasked == []


def test_scaling_that_a_release_left_suspended_is_told(
    account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    left = Diagnosis("scaling", "yellow", "scaling in is suspended", "`sitechat releases --follow`")
    monkeypatch.setattr("pipeline.doctor.diagnose", lambda env, find: [])
    monkeypatch.setattr("pipeline.commands.left_suspended.scaling_findings", lambda session: [left])
    doctor.command(str(account.file), as_json=True)
    assert json.loads(capsys.readouterr().out)["findings"] == [asdict(left)]
    account.file.write_text('account_id = "111111111111"\n')  # a placeholder: nobody can be asked
    doctor.command(str(account.file), as_json=True)
    assert json.loads(capsys.readouterr().out)["findings"] == []
