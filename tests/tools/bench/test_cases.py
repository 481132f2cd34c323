"""Benchmark cases run the same commands as users."""

from __future__ import annotations

import shlex
from itertools import pairwise

from tools.bench.cases import FAST_SUITE, REPO


def test_the_suite_is_the_one_of_make_test_fast() -> None:
    lines = (REPO / "Makefile").read_text(encoding="utf-8").splitlines()
    (recipe,) = [following for line, following in pairwise(lines) if line.startswith("test-fast:")]
    assert shlex.split(recipe) == ["@$(PYTEST)", *FAST_SUITE, "$(ARGS)"]
