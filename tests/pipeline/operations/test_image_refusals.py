"""Refusals of `sitechat image push`: exit code and message, which never holds the token."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from tests.pipeline.operations.support import TOKEN, Account, Docker, Push, Run, git


def test_uncommitted_changes_are_refused_and_listed(push: Push, docker: Docker, context: Path) -> None:
    (context / "new.py").write_text("print()\n")
    ran = push()
    assert ran.code == ExitCode.REFUSED
    assert "new.py" in ran.err
    assert docker.calls == []


def test_a_given_tag_takes_them_and_the_label_says_so(push: Push, docker: Docker, context: Path) -> None:
    (context / "new.py").write_text("print()\n")
    assert push("--tag", "trial").code == 0
    revision = git(context, "rev-parse", "HEAD~1")
    assert f"org.opencontainers.image.revision={revision}-dirty" in docker.call("buildx build")[0]


def test_a_folder_without_commit_needs_a_tag(run: Run, account: Account, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    ran = run("image", "push", "--env", account.file, "--context", tmp_path)
    assert ran.code == ExitCode.USAGE
    assert "--tag" in ran.err


@pytest.mark.parametrize("tag", ["a b", "-x", ".x", "x" * 129, "a:b", "a/b"])
def test_what_can_be_no_tag_is_refused(push: Push, docker: Docker, tag: str) -> None:
    ran = push(f"--tag={tag}")
    assert ran.code == ExitCode.USAGE
    assert "can't be a tag" in ran.err
    assert docker.calls == []


def test_an_empty_tag_is_refused(push: Push, docker: Docker) -> None:
    assert push("--tag=").code == ExitCode.USAGE
    assert docker.calls == []


def test_a_folder_without_dockerfile_is_refused(run: Run, account: Account, tmp_path: Path) -> None:
    ran = run("image", "push", "--env", account.file, "--context", tmp_path / "nowhere")
    assert ran.code == ExitCode.USAGE
    assert "holds no Dockerfile" in ran.err


def test_without_docker_it_exits_3(
    run: Run, account: Account, context: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("git", "terraform"):
        (found,) = subprocess.run(["which", name], capture_output=True, text=True, check=True).stdout.split()
        (tools / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(tools))
    ran = run("image", "push", "--env", account.file, "--context", context)
    assert ran.code == ExitCode.MISSING
    assert "Docker is not on PATH" in ran.err


@pytest.mark.parametrize(
    ("call", "code", "message"),
    [
        ("plugin", ExitCode.MISSING, "no buildx plugin"),
        ("engine", ExitCode.MISSING, "engine does not answer"),
        ("login", ExitCode.FAILED, "could not sign in"),
        ("build", ExitCode.FAILED, "could not build and push"),
    ],
)
def test_what_docker_fails_at_is_told_without_the_token(
    push: Push, docker: Docker, monkeypatch: pytest.MonkeyPatch, call: str, code: ExitCode, message: str
) -> None:
    monkeypatch.setenv("FAKE_DOCKER_FAILS", call)
    ran = push()
    assert ran.code == code
    assert message in ran.err
    assert "went wrong" in ran.err
    assert TOKEN not in ran.out + ran.err
    assert (docker.calls[-1][0][0] == "logout") == (call == "build")


def test_an_image_that_did_not_arrive_is_a_failure(push: Push, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_DOCKER_LOSES", "1")
    ran = push("--tag", "v1")
    assert ran.code == ExitCode.FAILED
    assert "holds no image v1" in ran.err


@pytest.mark.parametrize("command", ["push", "status"])
def test_before_the_repository_is_deployed_it_exits_3(
    run: Run, account: Account, docker: Docker, context: Path, command: str
) -> None:
    ran = run("image", command, "--env", account.file, *(["--context", context] if command == "push" else []))
    assert ran.code == ExitCode.MISSING
    assert f"sitechat deploy --env {account.file}" in ran.err
