"""Folders with one change each: refused, accepted or either, and the refusal names what is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.cli import main
from pipeline.work import repo_root
from tests.pipeline.scan.traps import access_traps, block_traps, folder_traps, site_traps
from tests.pipeline.scan.traps.asking import Answer, Gate
from tests.pipeline.scan.traps.copies import copy
from tests.pipeline.scan.traps.sharing import judge
from tests.pipeline.scan.traps.trap import Trap

TRAPS = [*folder_traps.traps(), *block_traps.traps(), *access_traps.traps(), *site_traps.traps()]
ONE_A_KIND = {trap.kind: trap for trap in reversed(TRAPS) if trap.verdict == "red"}


@pytest.fixture(scope="module")
def answers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    """Answers to the traps that were selected; those that only findings catch share scans."""
    chosen = {_trap_id(item) for item in request.session.items}
    return judge([trap for trap in TRAPS if trap.id in chosen], tmp_path_factory.mktemp("traps"), Gate())


def _trap_id(item: pytest.Item) -> str:
    """What stands in brackets in the name of `test_the_gate_answers`."""
    name, _, bracketed = item.name.partition("[")
    return bracketed.removesuffix("]") if name == "test_the_gate_answers" else ""


def test_every_trap_has_a_name_of_its_own() -> None:
    assert len({trap.id for trap in TRAPS}) == len(TRAPS)


@pytest.mark.parametrize("trap", TRAPS, ids=[trap.id for trap in TRAPS])
def test_the_gate_answers(trap: Trap, answers: dict[str, Answer]) -> None:
    answer = answers[trap.id]
    assert not answer.crash
    assert not answer.bare
    if trap.verdict == "red":
        assert answer.red
        assert trap.named_in(answer.lines), f"no line names {trap.words}: {answer.lines}"
    elif trap.verdict == "green":
        assert not answer.lines
    if trap.hidden:
        assert not [line for line in answer.lines if trap.hidden in line]


@pytest.fixture(scope="module")
def answers_alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    """Answers of lists and rules without the comparison with a fresh synthesis."""
    red = [trap for trap in TRAPS if trap.verdict == "red"]
    return judge(red, tmp_path_factory.mktemp("alone"), Gate(compared=False))


@pytest.mark.slow
def test_lists_and_rules_refuse_every_trap_without_a_comparison(answers_alone: dict[str, Answer]) -> None:
    assert sorted(name for name, answer in answers_alone.items() if not answer.red) == []


@pytest.mark.slow
@pytest.mark.parametrize("trap", ONE_A_KIND.values(), ids=ONE_A_KIND)
def test_the_command_refuses_one_of_each_kind(trap: Trap, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copied = copy(trap.env, tmp_path / "synth")
    trap.spring(copied)
    with pytest.raises(SystemExit) as ended:
        main(["scan", "--env", copied.ref, "--dir", str(copied.dir), "--json"])
    said = capsys.readouterr()
    assert ended.value.code == 4
    assert "Traceback" not in said.out + said.err
    assert trap.named_in(_lines(json.loads(said.out)))


@pytest.mark.slow
def test_a_process_of_its_own_refuses_and_says_so_in_one_object(tmp_path: Path) -> None:
    trap = ONE_A_KIND["control"]
    copied = copy(trap.env, tmp_path / "synth")
    trap.spring(copied)
    command = [sys.executable, "-m", "pipeline", "scan", "--env", copied.ref, "--dir", str(copied.dir), "--json"]
    done = subprocess.run(command, cwd=repo_root(), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 4
    assert "Traceback" not in done.stdout + done.stderr
    assert trap.named_in(_lines(json.loads(done.stdout)))


def _lines(said: object) -> Iterator[str]:
    """Every object without objects, as a line, and every text."""
    if isinstance(said, dict):
        yield " ".join(str(value) for value in said.values())
        for value in said.values():
            yield from _lines(value)
    elif isinstance(said, list):
        for value in said:
            yield from _lines(value)
    elif isinstance(said, str):
        yield said
