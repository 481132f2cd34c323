"""Fixtures: non-emulated environments whose account is the emulated AWS, and a fake Docker."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.pipeline.operations import fake_docker
from tests.pipeline.operations.support import Account, Docker, Push, Ran, Run, commit, git


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "docker"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -ES "{fake_docker.__file__}" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_DOCKER_LOG", str(tmp_path / "docker.log"))
    return Docker(tmp_path / "docker.log")


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """A build context with one commit, inside a repository with a later commit elsewhere."""
    root = tmp_path / "source"
    folder = root / "app"
    folder.mkdir(parents=True)
    git(root, "init", "-q")
    (folder / "Dockerfile").write_text("FROM scratch\n")
    commit(root)
    (root / "README").write_text("unrelated\n")
    commit(root)
    return folder


@pytest.fixture
def repository(account: Account) -> str:
    """The environment's repository, as the layer infrastructure makes it."""
    name = f"sitechat-{account.env}-app"
    scan = {"scanOnPush": True}
    account.client("ecr").create_repository(
        repositoryName=name, imageTagMutability="IMMUTABLE", imageScanningConfiguration=scan
    )
    return name


@pytest.fixture
def push(account: Account, repository: str, docker: Docker, context: Path, run: Run) -> Push:
    def push_it(*arguments: str) -> Ran:
        return run("image", "push", "--env", account.file, "--context", context, "--wait", "0", *arguments)

    return push_it
