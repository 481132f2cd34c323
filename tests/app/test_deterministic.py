"""The same configuration gives the same bytes, wherever the checkout lies and however Python orders its sets."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.environments import NAMES, ROOT

SOURCES = ("main.py", "config", "constructs_lib", "environments", "fast_bindings", "stacks")


def _synthesised(sources: Path, name: str, seed: int, out: Path) -> dict[str, bytes]:
    """Every file of a synthesis in a process of its own, by path."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    out.mkdir(parents=True)
    chosen = {"SITECHAT_ENV": name, "CDKTF_OUTDIR": str(out), "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(sources)}
    argv = [sys.executable, str(sources / "main.py")]
    done = subprocess.run(
        argv, cwd=sources, env=kept | chosen, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources in another folder, with other file dates."""
    folder = tmp_path_factory.mktemp("elsewhere") / "a checkout"
    folder.mkdir()
    for source in SOURCES:
        if (ROOT / source).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / source, folder / source, copy_function=shutil.copyfile, ignore=ignored)
        else:
            shutil.copyfile(ROOT / source, folder / source)
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_two_synths_are_the_same_to_the_byte(name: str, elsewhere: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(_synthesised, ROOT, name, 1, tmp_path / "first")
        second = pool.submit(_synthesised, elsewhere, name, 2, tmp_path / "deeper" / "second")
        assert "manifest.json" in first.result()
        assert first.result() == second.result()
