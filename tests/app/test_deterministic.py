"""Synthesis is deterministic: same bytes in any folder, in any order of sets, and after any other synthesis."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.environments import NAMES, ROOT
from tests.support.shared import SCRIPT, SEED, synth_all, synthesis

SOURCES = (
    "main.py",
    "config",
    "constraints.txt",
    "constructs_lib",
    "environments",
    "fast_bindings",
    "ingestion",
    "passages",
    "stacks",
    SCRIPT,
)


def _files(folder: Path) -> dict[str, bytes]:
    """Files of a synthesis by path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _copy(checkout: Path) -> None:
    """Copy the sources into another folder, with other file dates."""
    for source in SOURCES:
        copied = checkout / source
        copied.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / source, copied, copy_function=shutil.copyfile, ignore=ignored)
        else:
            shutil.copyfile(ROOT / source, copied)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with all environments, synthesised by a copy of the sources in reverse order."""
    folder = tmp_path_factory.mktemp("elsewhere")
    checkout, out = folder / "a checkout", folder / "deeper" / "out"
    _copy(checkout)
    out.mkdir(parents=True)
    synth_all(checkout, out, *reversed(NAMES), seed=SEED + 1)
    return out


@pytest.mark.parametrize("name", NAMES)
def test_two_synths_are_the_same_to_the_byte(name: str, elsewhere: Path) -> None:
    first = _files(synthesis(name).dir)
    assert "manifest.json" in first
    assert first == _files(elsewhere / name)
