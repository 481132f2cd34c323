"""A bundle that was applied is known by the time; applying it again says so instead of how it is stale."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.bundle import apply as applying
from pipeline.bundle.checks import Refusal
from pipeline.bundle.kept import applied_at, remember_applied
from pipeline.errors import ExitCode, SitechatError
from pipeline.session import Session
from pipeline.terraform import command
from pipeline.work import Work
from tests.support.environments import varied

STALE = Refusal("layers.first.serial", "is stale: planned with 2, now 3")


@pytest.fixture
def bundle(tmp_path: Path) -> Any:
    """A bundle of one layer without changes, as far as an apply looks before it asks the states."""
    folder = tmp_path / "20260115T120000Z-aaaa"
    folder.mkdir()
    layer = SimpleNamespace(name="first", preview=False, dependencies=())
    manifest, synthesis = SimpleNamespace(layers=[layer]), SimpleNamespace(layers=[layer], layer=lambda name: layer)
    return SimpleNamespace(
        dir=folder, id=folder.name, manifest=manifest, synthesis=synthesis, seal={}, plan=lambda name: {}
    )


def refused(bundle: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SitechatError:
    monkeypatch.setattr(applying, "check_bundle", lambda *arguments: [])
    monkeypatch.setattr(applying, "bundle_context", lambda *arguments: None)
    monkeypatch.setattr(applying._ApplyRun, "refusals", lambda self, name: [STALE])
    monkeypatch.setattr(Session, "read_lock", lambda self, layer: None)
    session = Session(varied("dev"), "my.toml", Work(tmp_path), {}, Path("terraform"))
    with pytest.raises(SitechatError) as caught:
        applying.apply_stored_bundle(session, bundle)
    assert caught.value.code is ExitCode.REFUSED
    return caught.value


def test_it_is_told_when_it_was_applied(bundle: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remember_applied(bundle)
    error = refused(bundle, tmp_path, monkeypatch)
    assert f"was already applied at {applied_at(bundle)}" in error.message
    assert "stale" not in error.message
    assert "sitechat plan --env my.toml" in error.hint


def test_one_that_was_never_applied_is_stale(bundle: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert applied_at(bundle) == ""
    assert "is stale: planned with 2, now 3" in refused(bundle, tmp_path, monkeypatch).message


def test_nothing_is_looked_at_while_somebody_else_works_on_a_layer(
    bundle: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "check_bundle", lambda *arguments: [])
    monkeypatch.setattr(applying, "bundle_context", lambda *arguments: None)
    monkeypatch.setattr(command, "LOCK_SECONDS", 0)
    monkeypatch.setattr(Session, "read_lock", lambda self, layer: {"ID": f"id-of-{layer.name}", "Who": "ann@desk"})
    session = Session(varied("dev"), "my.toml", Work(tmp_path), {}, Path("terraform"))
    with pytest.raises(SitechatError, match="locked by ann@desk, lock ID id-of-first") as caught:
        applying.apply_stored_bundle(session, bundle)
    assert caught.value.code is ExitCode.LOCKED
