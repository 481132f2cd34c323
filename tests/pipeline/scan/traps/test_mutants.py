"""Seeded mutants of what synthesis writes: the gate refuses all of them, in an orderly way, without exception."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.scan.traps.asking import Gate
from tests.pipeline.scan.traps.copies import copy
from tests.pipeline.scan.traps.mutants import KINDS, judge, make

pytestmark = pytest.mark.slow

SEED = 16
COUNT = 30


@pytest.mark.parametrize("kind", KINDS)
def test_the_gate_refuses_every_mutant(kind: str, tmp_path: Path) -> None:
    mutants = make(kind, SEED, COUNT)
    assert len(mutants) == COUNT
    judged = judge(kind, mutants, tmp_path, Gate())
    assert [f"{each.wrong}: {each.mutant.text}" for each in judged if each.wrong] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_gives_the_same_mutants_again(kind: str) -> None:
    few, many = make(kind, SEED, 5), make(kind, SEED, 15)
    assert [each.text for each in many[:5]] == [each.text for each in few]
    assert [each.text for each in make(kind, SEED + 1, 5)] != [each.text for each in few]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("file", "folder", "asset")])
def test_a_mutant_is_another_folder(kind: str, tmp_path: Path) -> None:
    for number, mutant in enumerate(make(kind, SEED, 5)):
        copied = copy("dev", tmp_path / str(number))
        before = {path: path.read_bytes() for path in copied.dir.rglob("*") if path.is_file()}
        mutant.spring(copied)
        after = {path: path.read_bytes() for path in copied.dir.rglob("*") if path.is_file()}
        assert before != after or copied.ref != "dev", mutant.text
