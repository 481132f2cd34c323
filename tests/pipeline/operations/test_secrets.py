"""`sitechat secret` with the emulated Secrets Manager: values stored there, and none in any output."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from config import load
from pipeline.commands import secret
from pipeline.errors import ExitCode
from pipeline.operations.secrets import SecretStatus
from pipeline.work import repo_root
from tests.pipeline.operations.support import Account, Run

NOW = datetime(2026, 6, 1, tzinfo=UTC)
VALUE = "correct-horse-battery-staple-0123456789"


@pytest.fixture
def deployed(account: Account) -> Account:
    """The secret without a value, as the layer infrastructure creates it."""
    client, secret = account.client("secretsmanager"), f"sitechat/{account.env}/session-key"
    client.create_secret(Name=secret)
    # In AWS a secret without a value has no version; the emulator adds an empty one, so its stage is removed.
    for version in client.describe_secret(SecretId=secret).get("VersionIdsToStages", ()):
        client.update_secret_version_stage(SecretId=secret, VersionStage="AWSCURRENT", RemoveFromVersionId=version)
    return account


def stored(account: Account, stage: str = "AWSCURRENT") -> str:
    secret = f"sitechat/{account.env}/session-key"
    answer = account.client("secretsmanager").get_secret_value(SecretId=secret, VersionStage=stage)
    return str(answer["SecretString"])


def test_a_value_on_standard_input_arrives_without_its_newline(deployed: Account, run: Run) -> None:
    ran = run("secret", "set", "session-key", "--env", deployed.file, stdin=VALUE.encode() + b"\n")
    assert (ran.code, stored(deployed)) == (0, VALUE)
    assert f"session-key of {deployed.env} is set" in ran.out
    assert VALUE not in ran.out + ran.err


def test_with_json_the_result_is_one_object_without_the_value(deployed: Account, run: Run) -> None:
    ran = run("secret", "set", "session-key", "--env", deployed.file, "--json", stdin=VALUE.encode())
    assert json.loads(ran.out) == {"env": deployed.env, "secret": "session-key", "set": True}
    assert VALUE not in ran.err


def test_setting_again_keeps_the_value_before(deployed: Account, run: Run) -> None:
    for value in (b"first", b"second"):
        run("secret", "set", "session-key", "--env", deployed.file, stdin=value)
    assert (stored(deployed), stored(deployed, "AWSPREVIOUS")) == ("second", "first")


def test_at_a_terminal_it_is_asked_twice_and_never_echoed(deployed: Account) -> None:
    typed = iter([f"{VALUE}\n", "something else\n", f"{VALUE}\n", f"{VALUE}\n"])
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "pipeline", "secret", "set", "session-key", "--env", str(deployed.file)]
    process = subprocess.Popen(
        command, cwd=repo_root(), stdin=slave, stdout=slave, stderr=slave, start_new_session=True, close_fds=True
    )
    os.close(slave)
    shown = answered = b""
    while chunk := _read(master):
        shown += chunk
        answered += chunk
        if answered.endswith((b"session-key: ", b"again: ")):
            os.write(master, next(typed).encode())
            answered = b""
    os.close(master)
    assert process.wait() == 0
    assert b"The two are different" in shown
    assert VALUE.encode() not in shown
    assert stored(deployed) == VALUE


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1024)
    except OSError:  # Linux reports a closed terminal so
        return b""


def test_a_value_as_argument_is_refused_and_not_repeated(deployed: Account, run: Run) -> None:
    ran = run("secret", "set", "session-key", VALUE, "--env", deployed.file, stdin=b"other")
    assert ran.code == ExitCode.USAGE
    assert "never given as an argument" in ran.err
    assert VALUE not in ran.out + ran.err


@pytest.mark.parametrize("command", ["set", "generate"])
def test_an_unknown_name_is_refused_with_the_nearest(account: Account, run: Run, command: str) -> None:
    ran = run("secret", command, "sesion-key", "--env", account.file, stdin=b"x")
    assert ran.code == ExitCode.USAGE
    assert "Did you mean session-key?" in ran.err


def test_a_secret_that_is_not_deployed_exits_3_and_says_how(account: Account, run: Run) -> None:
    ran = run("secret", "set", "session-key", "--env", account.file, stdin=VALUE.encode())
    assert ran.code == ExitCode.MISSING
    assert f"sitechat deploy --env {account.file}" in ran.err
    assert VALUE not in ran.out + ran.err


def test_a_secret_that_is_being_deleted_says_how_to_restore_it(deployed: Account, run: Run) -> None:
    secret = f"sitechat/{deployed.env}/session-key"
    deployed.client("secretsmanager").delete_secret(SecretId=secret, RecoveryWindowInDays=7)
    ran = run("secret", "set", "session-key", "--env", deployed.file, stdin=VALUE.encode())
    assert ran.code == ExitCode.FAILED
    assert f"restore-secret --secret-id {secret}" in ran.err
    assert VALUE not in ran.out + ran.err
    assert "not deployed yet" in run("secret", "status", "--env", deployed.file).out


@pytest.mark.parametrize("command", [("set", "session-key"), ("generate", "session-key"), ("status",)])
def test_another_account_is_refused_before_anything_is_written(
    deployed: Account, run: Run, command: tuple[str, ...]
) -> None:
    deployed.file.write_text('account_id = "222222222222"\n')
    ran = run("secret", *command, "--env", deployed.file, stdin=VALUE.encode())
    assert ran.code == ExitCode.MISSING
    assert deployed.endpoint.account_id in ran.err
    found = deployed.client("secretsmanager").describe_secret(SecretId=f"sitechat/{deployed.env}/session-key")
    assert "AWSCURRENT" not in str(found.get("VersionIdsToStages"))


def test_the_placeholder_account_exits_3(account: Account, run: Run) -> None:
    account.file.write_text('account_id = "111111111111"\n')
    ran = run("secret", "set", "session-key", "--env", account.file, stdin=b"x")
    assert ran.code == ExitCode.MISSING
    assert "placeholder" in ran.err


def test_a_generated_value_is_set_once_unless_asked_to_replace(deployed: Account, run: Run) -> None:
    first_run = run("secret", "generate", "session-key", "--env", deployed.file)
    first = stored(deployed)
    assert (first_run.code, len(first)) == (0, 64)
    assert first not in first_run.out + first_run.err

    refused = run("secret", "generate", "session-key", "--env", deployed.file)
    assert (refused.code, stored(deployed)) == (ExitCode.REFUSED, first)

    replaced = run("secret", "generate", "session-key", "--env", deployed.file, "--replace")
    assert replaced.code == 0
    assert stored(deployed) not in (first, replaced.out)


def test_status_says_which_have_a_value_and_when(deployed: Account, run: Run) -> None:
    before = run("secret", "status", "--env", deployed.file)
    assert before.code == ExitCode.INCOMPLETE
    assert "session-key: no value" in before.out
    assert f"next: sitechat secret set session-key --env {deployed.file}" in before.out

    run("secret", "set", "session-key", "--env", deployed.file, stdin=VALUE.encode())
    after = run("secret", "status", "--env", deployed.file, "--json")
    (row,) = json.loads(after.out)["secrets"]
    assert (after.code, row["name"], row["exists"]) == (0, "session-key", True)
    assert row["set_at"][:2] == "20"
    assert VALUE not in after.out + after.err


@pytest.mark.parametrize(
    ("days", "limit", "expected"), [(90, 90, False), (91, 90, True), (91, 0, False), (None, 90, False)]
)
def test_a_value_is_too_old_after_its_limit(days: int | None, limit: int, expected: bool) -> None:
    set_at = None if days is None else NOW - timedelta(days=days)
    assert SecretStatus("session-key", exists=True, set_at=set_at).too_old(limit, NOW) is expected


def test_status_asks_for_a_new_value_in_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    env = load("dev")
    old = SecretStatus("session-key", exists=True, set_at=NOW - timedelta(days=env.secrets.max_age_days + 1))
    monkeypatch.setattr("pipeline.session.open_session", lambda ref: SimpleNamespace(env=env))
    monkeypatch.setattr("pipeline.operations.secrets.secret_statuses", lambda session: (old,))
    monkeypatch.setattr("pipeline.clock.now", lambda: NOW)
    secret.secret_status("dev")
    printed = capsys.readouterr().out
    assert "session-key is older than 90 days" in printed
    assert (repo_root() / re.findall(r"docs/\S+\.md", printed)[0]).is_file()
    secret.secret_status("dev", as_json=True)
    assert json.loads(capsys.readouterr().out)["secrets"][0]["too_old"] is True


def test_values_stay_out_of_the_work_folder(deployed: Account, run: Run) -> None:
    run("secret", "set", "session-key", "--env", deployed.file, stdin=VALUE.encode())
    recent: list[Path] = [path for path in (repo_root() / ".sitechat" / "cache").rglob("*") if path.is_file()]
    assert [path for path in recent if VALUE.encode() in path.read_bytes()] == []
