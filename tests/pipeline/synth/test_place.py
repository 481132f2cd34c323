"""A synthesis is written into a new or empty folder, or over an earlier one that holds nothing else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pipeline.errors import ExitCode, SitechatError
from pipeline.synth import place
from pipeline.synth.place import check_place, strangers
from pipeline.work import repo_root
from tests.pipeline import samples
from tests.support import shared


def refused(path: Path) -> str:
    with pytest.raises(SitechatError) as caught:
        check_place(path)
    assert caught.value.code is ExitCode.USAGE
    assert caught.value.hint
    return caught.value.message


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """A folder with an earlier synthesis."""
    return samples.write(tmp_path / "earlier")


def test_new_and_empty_folders_and_an_earlier_synthesis_are_accepted(tmp_path: Path, earlier: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "new", tmp_path / "deep" / "new", tmp_path / "empty", earlier):
        assert check_place(path) == path


def test_whatever_main_py_writes_is_an_earlier_synthesis() -> None:
    found = shared.synthesis("dev").dir
    assert {"assets", "packages"} <= {part for path in found.rglob("*") for part in path.parts}
    assert strangers(found) == []


@pytest.mark.parametrize("path", [Path(), Path("/"), Path("..")], ids=str)
def test_the_folder_of_the_caller_and_those_above_are_refused(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "the folder you are in" in refused(path)


@pytest.mark.parametrize("made", [repo_root, Path.home, lambda: repo_root().parent], ids=["repo", "home", "above"])
def test_the_project_and_the_home_folder_are_refused(made: object, tmp_path: Path) -> None:
    assert callable(made)
    assert "or holds it" in refused(made())


@pytest.mark.parametrize(
    "name",
    ["stacks", "stacks/new", "environments/x", "pipeline/new", "docs/x", ".git/x", ".sitechat/x", ".x"],
)
def test_folders_of_the_project_are_refused(name: str) -> None:
    assert "part of this project" in refused(repo_root() / name)


@pytest.mark.parametrize("kind", ["file", "pipe", "link", "dangling", "circle"])
def test_what_is_no_folder_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "place"
    if kind == "file":
        path.write_text("mine")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to({"link": str(tmp_path), "dangling": "nowhere", "circle": "place"}[kind])
    refused(path)
    assert os.path.lexists(path)


def test_devices_are_refused() -> None:
    for path in ("/dev/null", "/dev/full"):
        assert "no folder" in refused(Path(path))


@pytest.mark.parametrize("name", ["", "deeper"])
def test_a_read_only_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path / "locked")
    (tmp_path / "locked").mkdir()
    assert "locked is read-only" in refused(tmp_path / "locked" / name)


@pytest.mark.parametrize(
    "name",
    [
        "notes.txt",
        ".hidden",
        "terraform.tfvars",
        "other/cdk.tf.json",
        "stacks/notes.txt",
        "stacks/other/cdk.tf.json",
        "stacks/first/terraform.tfstate",
        "stacks/first/.terraform.lock.hcl",
        "stacks/first/.terraform/providers/x",
        "stacks/first/override.tf.json",
        "stacks/first/deeper/cdk.tf.json",
        "stacks/first/assets",
        "stacks/first/assets/mine.txt",
        "packages/other/function.zip",
        "packages/first/notes.txt",
    ],
)
def test_anything_else_in_an_earlier_synthesis_is_named(earlier: Path, name: str) -> None:
    (earlier / name).parent.mkdir(parents=True, exist_ok=True)
    (earlier / name).write_text("mine")
    assert strangers(earlier) == [name]
    assert name in refused(earlier)


@pytest.mark.parametrize("name", ["folder", "stacks/first/.terraform", "stacks/first/assets/empty"])
def test_folders_without_a_file_and_links_are_named_too(earlier: Path, name: str) -> None:
    (earlier / name).mkdir(parents=True)
    assert strangers(earlier) == [name]
    (earlier / name).rmdir()
    (earlier / name).symlink_to(earlier / "stacks")
    assert strangers(earlier) == [name]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"stacks": []}',
        b'{"stacks": {"first": null}}',
        b'{"stacks": {"first": {"synthesizedStackPath": "elsewhere/cdk.tf.json"}}}',
        b'{"stacks": {"..": {"synthesizedStackPath": "stacks/../cdk.tf.json"}}}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_without_cdktfs_manifest_everything_is_somebody_elses(earlier: Path, content: bytes) -> None:
    (earlier / "manifest.json").write_bytes(content)
    assert "manifest.json" in strangers(earlier)
    refused(earlier)


def test_a_manifest_that_is_a_link_or_a_pipe_is_none(earlier: Path) -> None:
    manifest = earlier / "manifest.json"
    manifest.rename(earlier.with_name("kept.json"))
    manifest.symlink_to(earlier.with_name("kept.json"))
    assert "manifest.json" in strangers(earlier)
    manifest.unlink()
    os.mkfifo(manifest)
    assert "manifest.json" in strangers(earlier)


def test_of_many_other_files_a_few_are_named(earlier: Path) -> None:
    for number in range(50):
        (earlier / f"{number:02}").write_text("mine")
    assert refused(earlier).endswith("00, 01, 02 and more")


def test_only_the_usual_places_are_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "repo_root", lambda: tmp_path)
    assert place.is_own(tmp_path / ".sitechat" / "synth" / "dev")
    assert not place.is_own(tmp_path / ".sitechat" / "synth" / "dev" / "stacks")
    assert not place.is_own(tmp_path / "synth" / "dev")


def test_the_sample_is_like_a_manifest_of_cdktf(earlier: Path) -> None:
    assert json.loads((earlier / "manifest.json").read_text())["stacks"].keys() == {"first", "second"}
