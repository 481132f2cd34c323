"""`sitechat doctor` as a command: what it prints, and its exit code, with a synthesis for the names."""

from __future__ import annotations

import json

import pytest

from pipeline import cli
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
