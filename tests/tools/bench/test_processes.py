"""Measuring a command: exit codes, and the memory of everything it starts."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tools.bench.processes import RunError, measure, process_tree

HOLD_80_MB = "import time; block = b'x' * 80_000_000; time.sleep(0.5)"
IN_A_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HOLD_80_MB!r}])"


def python(code: str, cwd: Path, *accepted: int) -> float:
    """Peak memory of a Python process, in MB."""
    return measure([sys.executable, "-c", code], cwd=cwd, env=dict(os.environ), accepted=(0, *accepted)).peak_mb


def test_counts_the_memory_of_children(tmp_path: Path) -> None:
    alone, child = python(HOLD_80_MB, tmp_path), python(IN_A_CHILD, tmp_path)
    assert alone > 76
    assert child > alone + 4


def test_an_accepted_exit_code_is_a_result(tmp_path: Path) -> None:
    assert measure([sys.executable, "-c", "exit(4)"], cwd=tmp_path, env={}, accepted=(0, 4)).seconds > 0


def test_another_exit_code_is_an_error_that_quotes_the_last_line_without_the_folder(tmp_path: Path) -> None:
    code = f"import sys; print('first'); sys.exit({str(tmp_path / 'main.py')!r} + ' is broken')"
    with pytest.raises(RunError, match=r"^python\S* ended with exit code 1: main\.py is broken$"):
        python(code, tmp_path)


def test_a_missing_command_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"^sitechat isn't installed$"):
        measure([str(tmp_path / "sitechat")], cwd=tmp_path, env={})


def test_tree_finds_descendants_in_any_order() -> None:
    assert process_tree(10, {1: 0, 10: 1, 12: 11, 11: 10, 20: 1, 21: 20}) == {10, 11, 12}
