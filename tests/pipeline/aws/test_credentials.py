"""Credentials that can't be used: what botocore raises for each, and the hint for it. Nothing leaves this machine."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pipeline.aws import find_account
from pipeline.errors import ExitCode, SitechatError

WANTED = "222222222222"
NOWHERE = "http://127.0.0.1:9"
ROLE = "role_arn = arn:aws:iam::222222222222:role/x\n"
SSO = "sso_start_url = https://x.awsapps.com/start\nsso_region = us-east-1\n"
ACCOUNT = "sso_account_id = 222222222222\nsso_role_name = r\n"
Shell = Callable[..., SitechatError]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Ask for the account in a shell with these files and variables; returns the error."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))

    def make() -> Any:
        once = Config(connect_timeout=1, retries={"total_max_attempts": 1})
        return boto3.Session().client("sts", region_name="us-east-1", endpoint_url=NOWHERE, config=once)

    def ask(config: str | bytes = "", credentials: str = "", **variables: str) -> SitechatError:
        for name, text in (("config", config), ("credentials", credentials)):
            (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
        for key, value in variables.items():
            monkeypatch.setenv(key, value)
        with pytest.raises(SitechatError, match="AWS accepts no credentials of this shell") as caught:
            find_account(make, WANTED)
        assert caught.value.code is ExitCode.MISSING
        return caught.value

    return ask


def test_without_any_the_account_to_sign_in_to_is_named(shell: Shell) -> None:
    assert f"Sign in to account {WANTED}" in shell().hint


@pytest.mark.parametrize("half", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_half_a_pair_is_to_be_completed(shell: Shell, half: str) -> None:
    error = shell(**{half: "AKIA1"})
    assert "Complete them (key id and secret belong together)" in error.hint
    assert "AKIA1" not in error.message


def test_half_a_pair_in_a_profile_is_to_be_completed(shell: Shell) -> None:
    assert "Complete them" in shell(credentials="[default]\naws_secret_access_key = x\n").hint


@pytest.mark.parametrize(
    ("config", "variables", "name"),
    [
        ("[default]\nlogin_session = arn:aws:iam::1:user/x\n", {}, "default"),
        ("[profile a]\nlogin_session = arn:aws:iam::1:user/x\n", {"AWS_PROFILE": "a"}, "a"),
        (f"[default]\n{ROLE}source_profile = a\n[profile a]\nlogin_session = arn:aws:iam::1:user/x\n", {}, "a"),
    ],
    ids=("default", "named", "source of a role"),
)
def test_a_profile_of_aws_login_gets_the_bridge(
    shell: Shell, config: str, variables: dict[str, str], name: str
) -> None:
    hint = shell(config, **variables).hint
    assert f"aws login --profile {name}" in hint
    assert f'eval "$(aws configure export-credentials --profile {name} --format env)"' in hint


def test_keys_of_the_shell_go_before_a_profile_of_aws_login(shell: Shell) -> None:
    login = "[default]\nlogin_session = arn:aws:iam::1:user/x\n"
    hint = shell(login, AWS_ACCESS_KEY_ID="AKIA1", AWS_SECRET_ACCESS_KEY="x").hint
    assert hint.startswith("Look at network")


@pytest.mark.parametrize(
    ("config", "credentials", "variables", "words"),
    [
        ("", "", {"AWS_PROFILE": "gone"}, "aws configure list-profiles"),
        ("what is this\n[[[\n", "", {}, "Correct that file"),
        (b"\xff\xfe[default]\n", "", {}, "Correct that file"),
        ("", "[default]\naws_access_key_id = AKIA1\n", {}, "Complete them"),
        ("", "", {"AWS_ACCESS_KEY_ID": "AKIA1"}, "Complete them"),
        ("[default]\ncredential_process = false\n", "", {}, "Correct credential_process in profile default"),
        ("[default]\ncredential_process = echo hush\n", "", {}, "Correct credential_process in profile default"),
        ("[default]\ncredential_process = /no/such/program\n", "", {}, "install it, or correct the path"),
        (f"[default]\n{SSO}{ACCOUNT}", "", {}, "aws sso login --profile default"),
        (f"[default]\nsso_session = s\n{ACCOUNT}[sso-session s]\n{SSO}", "", {}, "aws sso login --profile default"),
        (f"[default]\nsso_session = s\n{ACCOUNT}", "", {}, "aws configure list --profile default"),
        (f"[default]\n{ROLE}source_profile = gone\n", "", {}, "aws configure list --profile default"),
        (
            f"[default]\n{ROLE}source_profile = b\n[profile b]\n{ROLE}source_profile = default\n",
            "",
            {},
            "configure list",
        ),
        (
            "",
            "",
            {"AWS_WEB_IDENTITY_TOKEN_FILE": "/no/such/token", "AWS_ROLE_ARN": "arn:aws:iam::222222222222:role/x"},
            "AWS_WEB_IDENTITY_TOKEN_FILE names it",
        ),
        ("", "", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{NOWHERE}/x"}, "aws configure list"),
        ("", "", {"AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": "x"}, "Look at network"),
        (
            f"[default]\n{ROLE}mfa_serial = arn:aws:iam::222222222222:mfa/x\nsource_profile = default\n",
            "[default]\naws_access_key_id = AKIA1\naws_secret_access_key = x\n",
            {},
            "asks for an MFA code",
        ),
    ],
    ids=(
        "no such profile",
        "broken file",
        "binary file",
        "half a pair in a file",
        "half a pair in the shell",
        "process that fails",
        "process that prints no JSON",
        "no such process",
        "expired sso",
        "expired sso session",
        "no such sso session",
        "no such source",
        "circle",
        "no such token file",
        "no container",
        "no network",
        "second factor",
    ),
)
@pytest.mark.filterwarnings("ignore::getpass.GetPassWarning")
def test_each_way_to_fail_has_its_hint(
    shell: Shell, config: str | bytes, credentials: str, variables: dict[str, str], words: str
) -> None:
    assert words in shell(config, credentials, **variables).hint


def test_what_a_process_prints_is_not_shown(shell: Shell) -> None:
    error = shell("[default]\ncredential_process = echo hush\n")
    assert "hush" not in f"{error.message}{error.hint}"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ExpiredToken", "expired"),
        ("ExpiredTokenException", "expired"),
        ("InvalidClientTokenId", "AWS_SESSION_TOKEN"),
        ("SignatureDoesNotMatch", "clock"),
        ("RequestTimeTooSkewed", "clock"),
        ("AccessDenied", "sts:AssumeRole"),
        ("SomethingNew", f"Sign in to account {WANTED}"),
    ],
)
def test_each_refusal_of_sts_has_its_hint(code: str, words: str) -> None:
    def refuse() -> None:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "GetCallerIdentity")

    with pytest.raises(SitechatError) as caught:
        find_account(lambda: type("Sts", (), {"get_caller_identity": staticmethod(refuse)}), WANTED)
    assert words in caught.value.hint


def test_a_newer_sdk_without_its_extra_gets_the_bridge() -> None:
    """Later versions of botocore read `aws login` with an extra package; the pinned one has no such error."""
    missing = type("MissingDependencyException", (BotoCoreError,), {"fmt": "Missing Dependency"})

    def refuse() -> None:
        raise missing

    with pytest.raises(SitechatError) as caught:
        find_account(refuse, WANTED)
    assert "export-credentials --profile default" in caught.value.hint


def test_a_file_that_this_user_may_not_read_is_named() -> None:
    def refuse() -> None:
        raise PermissionError(13, "Permission denied", "/home/x/.aws/config")

    with pytest.raises(SitechatError, match=r"/home/x/\.aws/config: Permission denied") as caught:
        find_account(refuse, WANTED)
    assert caught.value.hint == "Make it readable for this user."


def test_the_account_is_what_sts_says() -> None:
    sts = type("Sts", (), {"get_caller_identity": staticmethod(lambda: {"Account": "1"})})
    assert find_account(lambda: sts, WANTED) == "1"
