"""Opening a session: the checks before a command uses AWS."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import session
from pipeline.deployment.consent import may_skip_question
from pipeline.errors import ExitCode, SitechatError
from pipeline.session import Session, open_session
from pipeline.terraform import tools
from pipeline.work import Work
from tests.pipeline.conftest import FakeTool
from tests.pipeline.operations.support import Account
from tests.support.environments import varied


def test_an_emulated_environment_needs_a_running_emulator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(session, "repo_root", lambda: tmp_path)
    with pytest.raises(SitechatError, match="not running") as caught:
        open_session("local")
    assert caught.value.code is ExitCode.MISSING
    assert "sitechat local up" in caught.value.hint


def test_without_credentials_a_real_environment_exits_3(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fake_tool: FakeTool
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("SITECHAT_TERRAFORM", str(fake_tool("terraform", "echo Terraform v1.11.4")))
    monkeypatch.setattr(session, "repo_root", lambda: tmp_path)
    path = tmp_path / "trial.toml"
    path.write_text('account_id = "222222222222"\n')
    with pytest.raises(SitechatError, match="no credentials") as caught:
        open_session(str(path))
    assert caught.value.code is ExitCode.MISSING
    assert "222222222222" in caught.value.hint


def test_only_a_session_for_terraform_settles_what_a_killed_command_left(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fake_tool: FakeTool, account: Account
) -> None:
    monkeypatch.setenv("SITECHAT_TERRAFORM", str(fake_tool("terraform", "echo Terraform v1.11.4")))
    monkeypatch.setattr(session, "repo_root", lambda: tmp_path)
    settled: list[tuple[Path, str]] = []
    monkeypatch.setattr(session, "settle_runs", lambda folder, env_ref: settled.append((folder, env_ref)))
    open_session(str(account.file), needs_terraform=False)
    assert settled == []
    open_session(str(account.file))
    assert settled == [(tmp_path / ".sitechat" / "logs" / account.env, str(account.file))]


def test_terraform_sees_no_variable_that_changes_its_behaviour(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SITECHAT_PROVIDER_MIRROR", raising=False)
    monkeypatch.delenv("TF_CLI_CONFIG_FILE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(tools, "USUAL_PLACES", ())
    given = {"PATH": "/bin", "TF_CLI_ARGS_plan": "-refresh=false", "TF_VAR_x": "1", "TF_WORKSPACE": "other"}
    found = session.terraform_variables(given, Work(tmp_path))
    assert found["PATH"] == "/bin"
    assert {name for name in found if name.startswith("TF_")} == {"TF_IN_AUTOMATION", "TF_PLUGIN_CACHE_DIR"}
    assert Path(found["TF_PLUGIN_CACHE_DIR"]).is_dir()


@pytest.mark.parametrize(("allowed", "yes"), [(True, True), (True, False), (False, False)])
def test_the_question_is_skipped_only_where_allowed(tmp_path: Path, allowed: bool, yes: bool) -> None:
    made = Session(varied("dev", auto_approve=allowed), "dev", Work(tmp_path), {}, Path("terraform"))
    assert may_skip_question(made, yes) is yes


def test_yes_is_refused_where_a_person_has_to_agree(tmp_path: Path) -> None:
    made = Session(varied("dev", auto_approve=False), "dev", Work(tmp_path), {}, Path("terraform"))
    with pytest.raises(SitechatError, match="auto_approve") as caught:
        may_skip_question(made, True)
    assert caught.value.code is ExitCode.REFUSED


def test_an_address_that_never_answers_is_an_error_within_40_seconds(tmp_path: Path) -> None:
    session = Session(varied("dev"), "dev", Work(tmp_path), {}, Path("terraform"))
    config = session.client("sts").meta.config
    attempts = config.retries["total_max_attempts"]
    assert (config.connect_timeout + config.read_timeout) * attempts <= 40


def test_the_placeholder_is_found_in_a_file_of_any_ending(tmp_path: Path) -> None:
    path = tmp_path / "trial.conf"
    path.write_text('# a comment\naccount_id = "111111111111"\n')
    with pytest.raises(SitechatError, match=r"trial\.conf:2"):
        session.refuse_placeholder(varied("dev", account_id="111111111111"), str(path))
