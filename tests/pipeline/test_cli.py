"""The command line: exit codes, one clear error message, and no heavy imports."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import cli
from pipeline.errors import ExitCode, SitechatError
from pipeline.work import repo_root

PLACEHOLDER = 'account_id = "111111111111"\n'


def code_of(*arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    return int(caught.value.code or 0)


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """An environment file of a fresh clone, with the placeholder account in line 2."""
    path = tmp_path / "trial.toml"
    path.write_text(f"# a comment\n{PLACEHOLDER}")
    return path


def test_help_lists_the_commands_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("--help") == 0
    shown = capsys.readouterr().out
    for name in ("bootstrap", "doctor", "synth", "plan", "apply", "deploy", "destroy", "outputs", "local"):
        assert name in shown


def test_help_shows_the_name_of_the_section(capsys: pytest.CaptureFixture[str]) -> None:
    """Rich takes a word in brackets for a style, and shows nothing."""
    assert code_of("ci", "--help") == 0
    assert "with a repository in [ci]" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("arguments", [("nonsense",), ("plan", "--nonsense"), ("apply",)])
def test_wrong_usage_exits_2(arguments: tuple[str, ...]) -> None:
    assert code_of(*arguments) == ExitCode.USAGE


def test_an_unknown_environment_exits_2_and_lists_the_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("plan", "--env", "nowhere") == ExitCode.USAGE
    assert "prod" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_exits_2(fresh: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("synth", "--env", str(fresh), "--out", str(fresh / "synth")) == ExitCode.USAGE
    assert "can't be written: Not a directory" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["plan", "bootstrap", "deploy", "destroy", "outputs"])
def test_the_placeholder_account_exits_3_naming_file_and_line(
    fresh: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert code_of(command, "--env", str(fresh)) == ExitCode.MISSING
    assert f"{fresh}:2" in capsys.readouterr().err.replace("\n", "")


def test_with_json_an_error_is_one_object_on_stdout(fresh: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code_of("plan", "--env", str(fresh), "--json")
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["exit_code"] == ExitCode.MISSING
    assert error["hint"]


@pytest.mark.parametrize("code", list(ExitCode))
def test_an_error_becomes_its_exit_code(code: ExitCode, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise SitechatError("what [bold] happened", hint="what next", code=code)

    with pytest.raises(SystemExit) as caught:
        cli.exit_with_code(fail)
    assert caught.value.code == int(code)
    shown = capsys.readouterr().err
    assert "what [bold] happened" in shown
    assert "what next" in shown


def test_an_interrupt_exits_130(capsys: pytest.CaptureFixture[str]) -> None:
    def press() -> None:
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as caught:
        cli.exit_with_code(press)
    assert caught.value.code == ExitCode.INTERRUPTED
    assert "interrupted" in capsys.readouterr().err


def test_a_bug_is_not_dressed_up() -> None:
    def stumble() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cli.exit_with_code(stumble)


def test_the_command_line_imports_nothing_heavy() -> None:
    script = (
        "import sys; from pipeline.cli import build_app; build_app([]);"
        "heavy = {'cdktf', 'boto3', 'checkov', 'config', 'pydantic', 'jinja2'} & set(sys.modules); print(sorted(heavy))"
    )
    result = subprocess.run([sys.executable, "-c", script], cwd=repo_root(), capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_no_bug_of_ours(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    def full() -> None:
        raise OSError(number, "no room", "/a/plan")

    with pytest.raises(SystemExit) as caught:
        cli.exit_with_code(full)
    assert caught.value.code == ExitCode.FAILED
    assert "/a/plan" in capsys.readouterr().err


def test_another_error_of_the_system_is_a_bug() -> None:
    def broken() -> None:
        raise OSError(errno.EBADF, "bad file")

    with pytest.raises(OSError, match="bad file"):
        cli.exit_with_code(broken)


@pytest.mark.parametrize(
    ("number", "name"), [(errno.EROFS, "/a/file"), (errno.EACCES, "/a/file"), (errno.ENOTDIR, "/a/.sitechat/synth")]
)
def test_a_place_without_rights_is_no_bug_of_ours(number: int, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    def closed() -> None:
        raise OSError(number, "not here", name)

    with pytest.raises(SystemExit) as caught:
        cli.exit_with_code(closed)
    assert caught.value.code == ExitCode.USAGE
    assert f"{name} can't be used: not here" in capsys.readouterr().err


def test_a_folder_that_is_gone_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = Path.cwd()
    gone = tmp_path / "gone"
    gone.mkdir()
    os.chdir(gone)
    try:
        gone.rmdir()
        with pytest.raises(SystemExit) as ended:
            cli.main(["scan", "--json"])
    finally:
        os.chdir(here)
    assert ended.value.code == ExitCode.USAGE
    assert json.loads(capsys.readouterr().out)["error"]["message"] == "the folder you are in is gone"
