"""Opening a session: the checks before a command uses AWS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pipeline import session
from pipeline.deployment.consent import may_skip_question
from pipeline.errors import ExitCode, SitechatError
from pipeline.session import Session, open_session
from pipeline.synth.layers import Layer, Synthesis
from pipeline.terraform import command, tools
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


@dataclass(frozen=True)
class Locked(Session):
    """A session whose layers are locked for as many looks as `looks` says."""

    looks: dict[str, int] = field(default_factory=dict)

    def read_lock(self, layer: Layer) -> dict[str, Any] | None:
        left = self.looks.get(layer.name, 0)
        self.looks[layer.name] = left - 1
        held = {"ID": f"id-of-{layer.name}", "Who": "ann@desk", "Operation": "OperationTypeApply"}
        return held if left > 0 else None


def locked(tmp_path: Path, looks: Mapping[str, int]) -> Locked:
    return Locked(varied("dev"), "dev", Work(tmp_path), {}, Path("terraform"), looks=dict(looks))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(session, "LOCK_PAUSE_SECONDS", 0)
    return monkeypatch


def test_held_locks_are_told_at_once_and_waited_for_together(
    pair: Synthesis, tmp_path: Path, impatient: pytest.MonkeyPatch
) -> None:
    made, notes = locked(tmp_path, {"first": 2, "second": 3}), list[str]()
    made.await_locks(pair.layers, notes.append)
    assert notes == [
        "first: its state is locked by ann@desk (apply); waiting for it",
        "second: its state is locked by ann@desk (apply); waiting for it",
    ]
    assert made.looks == {"first": -1, "second": -1}, "each is looked at until it is free, and no longer"


def test_locks_that_stay_are_one_error_that_names_each_of_them(
    pair: Synthesis, tmp_path: Path, impatient: pytest.MonkeyPatch
) -> None:
    impatient.setattr(command, "LOCK_SECONDS", 0)
    with pytest.raises(SitechatError) as caught:
        locked(tmp_path, {"first": 99, "second": 99}).await_locks(pair.layers, lambda text: None)
    assert caught.value.code is ExitCode.LOCKED
    assert caught.value.message.splitlines() == [
        "the state of first is locked by ann@desk (apply), lock ID id-of-first",
        "the state of second is locked by ann@desk (apply), lock ID id-of-second",
    ]
    assert "`sitechat recover --env dev --unlock id-of-first`" in caught.value.hint
    assert "`sitechat recover --env dev --unlock id-of-second`" in caught.value.hint


def test_without_locks_nothing_is_told(pair: Synthesis, tmp_path: Path) -> None:
    notes = list[str]()
    locked(tmp_path, {}).await_locks(pair.layers, notes.append)
    locked(tmp_path, {}).await_locks((), notes.append)
    assert notes == []
