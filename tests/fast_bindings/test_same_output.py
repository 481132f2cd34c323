"""Synthesised files are the same with fast and with stock bindings, byte for byte."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fast_bindings.conftest import REPO, environment
from tests.support.environments import NAMES
from tests.support.shared import SCRIPT

pytestmark = pytest.mark.slow  # the stock bindings take ten seconds and more to import

FIXTURE = Path(__file__).parent / "fixtures" / "app.py"


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below the folder, by its path in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The output of all apps, synthesised by both ways at the same time."""
    folders = {"True": tmp_path_factory.mktemp("fast"), "False": tmp_path_factory.mktemp("stock")}
    processes = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT), str(REPO), str(folder), str(FIXTURE), *NAMES],
            cwd=REPO,
            env=environment(SITECHAT_FAST_BINDINGS="1" if active == "True" else "0"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for active, folder in folders.items()
    ]
    for active, process in zip(folders, processes, strict=True):
        printed, told = process.communicate()
        assert process.returncode == 0, told
        assert printed.splitlines()[-1] == active
    return folders


@pytest.mark.parametrize("name", [FIXTURE.stem, *NAMES])
def test_output_is_byte_identical(both: dict[str, Path], name: str) -> None:
    fast, stock = (contents(both[active] / name) for active in ("True", "False"))
    assert [path for path in stock if path.endswith("cdk.tf.json")]
    assert fast.keys() == stock.keys()
    assert [path for path in stock if fast[path] != stock[path]] == []
