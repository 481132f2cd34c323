"""Options that several commands share: environments by their whole path, files that may be written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.commands.options import check_file, resolve_env
from pipeline.errors import ExitCode, SitechatError
from pipeline.work import repo_root


def refused(path: Path) -> str:
    with pytest.raises(SitechatError) as caught:
        check_file("--sarif", path)
    assert caught.value.code is ExitCode.USAGE
    assert caught.value.message.startswith(f"--sarif {path} can't be written: ")
    return caught.value.message


def test_a_name_stays_and_a_file_gets_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert resolve_env(None) is None
    assert resolve_env("dev") == "dev"
    assert resolve_env("dev.toml") == str(tmp_path / "dev.toml")
    assert resolve_env("../other.conf") == str(tmp_path / ".." / "other.conf")


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").symlink_to("other.toml")
    assert resolve_env(str(tmp_path / "mine.toml")) == str(tmp_path / "mine.toml")


def test_a_relative_file_of_a_folder_that_is_gone_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> str:
        raise FileNotFoundError

    monkeypatch.setattr(os, "getcwd", gone)
    with pytest.raises(SitechatError, match="a folder that is gone"):
        resolve_env("./dev.toml")


def test_a_new_file_a_plain_one_and_a_link_to_one_are_accepted(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    (tmp_path / "link").symlink_to("old")
    for name in ("old", "link", "new", "deep/er/new"):
        check_file("--sarif", tmp_path / name)


@pytest.mark.parametrize("kind", ["folder", "pipe", "device", "circle"])
def test_what_is_no_plain_file_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "place"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to({"device": "/dev/null", "circle": "place"}[kind])
    refused(path)


def test_a_file_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    assert "Not a directory" in refused(tmp_path / "file" / "deeper")


def test_a_read_only_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)
    assert "read-only" in refused(tmp_path / "deep" / "new")


@pytest.mark.parametrize("name", ["environments/dev.toml", "main.py", "stacks/new.sarif", ".git/config"])
def test_sources_of_the_project_are_refused(name: str) -> None:
    assert "part of this project" in refused(repo_root() / name)
