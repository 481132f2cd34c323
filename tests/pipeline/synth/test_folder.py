"""A synthesised folder holds what a synthesis writes, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.synth.folder import MOST_ENTRIES, strange_entries

ASSET = "stacks/edge/assets/page_1A2B3C4D/00112233445566778899AABBCCDDEEFF/page.zip"
WRITTEN = ("manifest.json", "stacks/edge/cdk.tf.json", ASSET, "packages/edge/page.zip")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in WRITTEN:
        path = tmp_path / "synth" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    return tmp_path / "synth"


def test_what_a_synthesis_writes_is_not_strange(folder: Path) -> None:
    assert list(strange_entries(folder, ["edge"])) == []


@pytest.mark.parametrize(
    "name",
    [
        "x.tf",
        "stacks/edge/override.tf.json",
        "stacks/edge/terraform.tfvars",
        "stacks/edge/.terraform.lock.hcl",
        "stacks/edge/x.tofu",
        "stacks/evil/cdk.tf.json",
        "stacks/edge/assets/page.zip",
        "stacks/edge/assets/page_1A2B3C4D/short/page.zip",
        "stacks/edge/CDK.TF.JSON",
        "packages/other/page.zip",
        "packages/edge/page.py",
        "stacks/cdk.tf.json",
    ],
)
def test_files_that_nobody_asked_for(folder: Path, name: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    assert any(line.startswith((f"{name} is no file", f"{Path(name).parent}/ is of no")) for line in told(folder))


def told(folder: Path) -> list[str]:
    return list(strange_entries(folder, ["edge"]))


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.symlink_to("/etc/hostname"),
        lambda path: path.symlink_to("cdk.tf.json"),
        os.mkfifo,
        lambda path: path.mkdir(),
    ],
    ids=["link", "link inside", "pipe", "folder"],
)
def test_entries_that_are_no_plain_files(folder: Path, make: Callable[[Path], None]) -> None:
    make(folder / "stacks" / "edge" / "more")
    assert len(told(folder)) == 1
    assert told(folder)[0].startswith("stacks/edge/more")


def test_a_linked_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)
    (folder / "stacks" / "edge" / "assets" / "loop").symlink_to(tmp_path)
    assert len(told(folder)) == 1


def test_a_folder_without_end_is_left(folder: Path) -> None:
    for number in range(MOST_ENTRIES):
        (folder / f"{number}.tf").touch()
    assert told(folder)[-1].startswith(f"{folder} holds more than {MOST_ENTRIES} entries")


@pytest.mark.parametrize("name", [b"odd\nname.tf", b"bytes\xff.tf", "\u200bx.tf".encode()])
def test_an_odd_name_is_told_on_one_line_that_can_be_printed(folder: Path, name: bytes) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).touch()
    assert len(told(folder)) == 1
    assert told(folder)[0].isprintable()
