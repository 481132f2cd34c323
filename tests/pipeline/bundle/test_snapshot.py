"""A bundle's copy of the synthesised files: the scanned files are planned, even if other commands write meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.bundle.build import copy_synthesis
from pipeline.errors import ExitCode, SitechatError
from pipeline.synth import layers
from pipeline.synth.layers import Synthesis, lay_out
from tests.pipeline import samples


def test_a_copy_is_the_same_and_stays_so(pair: Synthesis, tmp_path: Path) -> None:
    pinned = pair.sha256
    copied = copy_synthesis(pair, tmp_path / "copy")
    pair.layer("first").path.write_text("{}")
    assert copied.sha256 == pinned
    assert copied.layer("first").config == samples.FIRST


def test_files_replaced_after_the_scan_are_refused(pair: Synthesis, tmp_path: Path) -> None:
    assert pair.sha256  # the scan's moment
    pair.layer("first").path.write_text("{}")
    with pytest.raises(SitechatError, match="by another command") as caught:
        copy_synthesis(pair, tmp_path / "copy")
    assert caught.value.code is ExitCode.REFUSED


def test_what_a_layer_uploads_is_copied_with_it(pair: Synthesis, tmp_path: Path) -> None:
    archive = add_asset(pair)
    copied = copy_synthesis(layers.read_synthesis(pair.dir, "dev"), tmp_path / "copy")
    assert (copied.dir / archive.relative_to(pair.dir)).read_bytes() == b"first"


def test_uploads_count_in_the_hash(pair: Synthesis) -> None:
    without = pair.sha256
    add_asset(pair)
    assert layers.read_synthesis(pair.dir, "dev").sha256 != without


def test_an_upload_that_changed_after_the_scan_is_refused(pair: Synthesis, tmp_path: Path) -> None:
    archive = add_asset(pair)
    scanned = layers.read_synthesis(pair.dir, "dev")
    assert scanned.sha256
    archive.write_bytes(b"second")
    with pytest.raises(SitechatError, match="by another command"):
        copy_synthesis(scanned, tmp_path / "copy")


def test_a_working_directory_holds_the_uploads_of_now(pair: Synthesis, tmp_path: Path) -> None:
    work = tmp_path / "work"
    first = add_asset(pair)
    lay_out(pair.layer("first"), work)
    (first.parent / "new.zip").write_bytes(b"new")
    first.unlink()
    lay_out(pair.layer("first"), work)
    assert {path.relative_to(work).as_posix() for path in work.rglob("*") if path.is_file()} == {
        "cdk.tf.json",
        "assets/lambda/new.zip",
    }


def add_asset(pair: Synthesis) -> Path:
    """Add an archive beside the first layer's JSON, where TerraformAsset puts it."""
    path = pair.layer("first").path.parent / "assets" / "lambda" / "code.zip"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"first")
    return path
