"""Benchmark cases run the same commands as users."""

from __future__ import annotations

import shlex

from tools.bench.cases import FAST_SUITE, REPO


def test_the_suite_is_the_one_of_make_test_fast() -> None:
    lines = (REPO / "Makefile").read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("test-fast:"))
    recipe = next(line for line in lines[start:] if "$(PYTEST)" in line)
    assert shlex.split(recipe) == ["time", "$(PYTEST)", *FAST_SUITE, "$(ARGS)"]
