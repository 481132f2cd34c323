"""Bundles on disk: finding, reading, hashing and deleting expired ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.bundle.store import delete_expired_bundles, file_hashes, find_bundle, read_bundle
from pipeline.errors import ExitCode, SitechatError

OLD, NEW = "20260115T120000Z-aaaa", "20260116T120000Z-bbbb"


@pytest.fixture
def bundles(tmp_path: Path) -> Path:
    for name in (OLD, NEW, ".building-1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text("{}")
    return tmp_path


def test_latest_is_the_newest_and_an_id_is_taken_as_given(bundles: Path) -> None:
    assert find_bundle(bundles, "latest").name == NEW
    assert find_bundle(bundles, OLD).name == OLD


@pytest.mark.parametrize("wanted", ["nope", "../secrets", ".building-1", ""])
def test_an_unknown_bundle_is_a_usage_error_that_lists_some(bundles: Path, wanted: str) -> None:
    with pytest.raises(SitechatError) as caught:
        find_bundle(bundles, wanted)
    assert caught.value.code is ExitCode.USAGE
    assert NEW in caught.value.hint


def test_without_a_bundle_latest_says_to_plan(tmp_path: Path) -> None:
    with pytest.raises(SitechatError) as caught:
        find_bundle(tmp_path, "latest")
    assert "sitechat plan" in caught.value.hint


@pytest.mark.parametrize("content", ["", "{", "[1]", "{}"])
def test_an_unreadable_manifest_is_refused(bundles: Path, content: str) -> None:
    (bundles / NEW / "manifest.json").write_text(content)
    with pytest.raises(SitechatError) as caught:
        read_bundle(bundles / NEW, "dev")
    assert caught.value.code is ExitCode.REFUSED


def test_only_expired_bundles_are_deleted(bundles: Path) -> None:
    (bundles / OLD / "manifest.json").write_text('{"expires": "2026-01-16T12:00:00Z"}')
    (bundles / NEW / "manifest.json").write_text('{"expires": "2026-01-17T12:00:00Z"}')
    delete_expired_bundles(bundles, "2026-01-16T11:59:59Z")
    assert (bundles / OLD).is_dir()
    delete_expired_bundles(bundles, "2026-01-16T12:00:00Z")
    assert not (bundles / OLD).exists()
    assert (bundles / NEW).is_dir()


def test_every_file_is_hashed_but_those_that_hold_the_hashes_and_the_time(bundles: Path) -> None:
    (bundles / NEW / "first").mkdir()
    (bundles / NEW / "first" / "tfplan").write_bytes(b"plan")
    (bundles / NEW / "seal.json").write_text("{}")
    (bundles / NEW / "applied-at").write_text("2026-01-15T12:00:00Z")
    assert list(file_hashes(bundles / NEW)) == ["first/tfplan"]
