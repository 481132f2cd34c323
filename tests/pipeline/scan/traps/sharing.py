"""Judge many traps with few scans: what only findings catch shares one, each change in a resource of its own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tests.pipeline.scan.traps.asking import Answer, Gate
from tests.pipeline.scan.traps.copies import Copy, copy
from tests.pipeline.scan.traps.trap import Trap

# Traps that share one scan. More would save little, and hide more of what they do to each other.
_TOGETHER = 12


def judge(traps: Iterable[Trap], folder: Path, gate: Gate) -> dict[str, Answer]:
    """Answers by the traps' ids."""
    answers: dict[str, Answer] = {}
    left: list[Trap] = []
    for number, trap in enumerate(traps):
        copied = _sprung([trap], folder / str(number))
        answer = gate.ask_cheaply(copied.dir, copied.ref)
        if answer.crash or (answer.lines and (trap.verdict != "red" or trap.named_in(answer.lines))):
            answers[trap.id] = answer
        elif copied.ref != trap.env or not trap.change:
            answers[trap.id] = gate.ask(copied.dir, copied.ref)
        else:
            left.append(trap)
    for number, group in enumerate(_groups(left)):
        answers |= _judge_together(group, folder / f"shared-{number}", gate)
    return answers


def _groups(traps: list[Trap]) -> list[list[Trap]]:
    """Groups within one environment and verdict whose traps name different things."""
    groups: list[list[Trap]] = []
    for trap in traps:
        for group in groups:
            alike = group[0].env == trap.env and group[0].verdict == trap.verdict
            if alike and len(group) < _TOGETHER and not any(_meet(trap, each) for each in group):
                group.append(trap)
                break
        else:
            groups.append([trap])
    return groups


def _meet(one: Trap, other: Trap) -> bool:
    """Whether two traps could be in the same resource, or change a whole layer."""
    named = one.words[:1] == other.words[:1]
    return named or (one.layer == other.layer and not (_has_address(one) and _has_address(other)))


def _has_address(trap: Trap) -> bool:
    return bool(trap.words) and "." in trap.words[0]


def _judge_together(group: list[Trap], folder: Path, gate: Gate) -> dict[str, Answer]:
    """One scan of all; whoever isn't named, or all if something is wrong, is asked about alone."""
    answers = {}
    if len(group) > 1:
        copied = _sprung(group, folder / "all")
        shared = gate.ask_all(copied.dir, copied.ref)
        answers = {trap.id: shared for trap in group if not shared.crash and _settles(shared, trap)}
    for number, trap in enumerate(each for each in group if each.id not in answers):
        copied = _sprung([trap], folder / str(number))
        answers[trap.id] = gate.ask_all(copied.dir, copied.ref)
    return answers


def _settles(shared: Answer, trap: Trap) -> bool:
    return trap.named_in(shared.lines) if trap.verdict == "red" else not shared.lines


def _sprung(traps: list[Trap], target: Path) -> Copy:
    copied = copy(traps[0].env, target)
    for trap in traps:
        trap.spring(copied)
    return copied
