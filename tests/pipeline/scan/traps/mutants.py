"""Seeded mutants of a synthesised folder, by kind; by hand: `python -m tests.pipeline.scan.traps.mutants --help`.

Prints those that the gate accepts, and those that crash it or hang it.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.pipeline.scan.traps import (
    mutant_access,
    mutant_arguments,
    mutant_blocks,
    mutant_folders,
    mutant_identity,
    mutant_secrets,
    mutant_site,
)
from tests.pipeline.scan.traps.asking import Answer, Gate
from tests.pipeline.scan.traps.copies import copy
from tests.pipeline.scan.traps.mutation import Maker, Mutant
from tests.support.run_folder import run_folder
from tests.support.shared import synthesis

KINDS: dict[str, Maker] = {
    "file": mutant_folders.file,
    "folder": mutant_folders.folder,
    "asset": mutant_identity.asset,
    "other-environment": mutant_identity.other_environment,
    "top-level": mutant_blocks.top_level,
    "terraform": mutant_blocks.terraform,
    "provider": mutant_blocks.provider,
    "execution": mutant_arguments.execution,
    "switched-off": mutant_arguments.switched_off,
    "shape": mutant_arguments.shape,
    "control": mutant_arguments.control,
    "policy": mutant_access.policy,
    "trust": mutant_access.trust,
    "sharing": mutant_access.sharing,
    "network": mutant_site.network,
    "edge": mutant_site.edge,
    "application": mutant_site.application,
    "secret": mutant_secrets.secret,
    "missing": mutant_arguments.missing,
}
# Mutants that share one folder.
_TOGETHER = 12


@dataclass(frozen=True)
class Judged:
    """A mutant and what the gate says of it."""

    kind: str
    mutant: Mutant
    answer: Answer

    @property
    def wrong(self) -> str:
        """Why this is no orderly refusal; empty if it is one."""
        if self.answer.crash:
            return f"CRASH {self.answer.crash}"
        if not self.answer.lines:
            return "GREEN"
        if self.mutant.hidden and any(self.mutant.hidden in line for line in self.answer.lines):
            return "SHOWN the refusal repeats the secret"
        return f"BARE {self.answer.bare[0][:300]}" if self.answer.bare else ""


def make(kind: str, seed: int, count: int, env: str = "dev") -> list[Mutant]:
    """Different mutants of one kind: the same for the same seed, and the first of many are those of few."""
    configs = {layer.name: layer.config for layer in synthesis(env).layers}
    rng = random.Random(f"{kind} {seed}")
    made: dict[str, Mutant] = {}
    for _ in range(count * 20):
        if len(made) == count:
            break
        mutant = KINDS[kind](rng, configs)
        made.setdefault(mutant.text, mutant)
    return list(made.values())


def judge(kind: str, mutants: list[Mutant], folder: Path, gate: Gate) -> list[Judged]:
    """Answers to all mutants: the cheap part first, several in one folder, then alone; then whole scans."""
    answers: dict[str, Answer] = {}
    for group in _groups(mutants):
        answers |= _asked(group, folder, gate.ask_cheaply)
    for mutant in mutants:
        if mutant.text not in answers:
            answer = _ask([mutant], folder, gate.ask_cheaply)
            if answer.lines or answer.crash or not mutant.address:
                answers[mutant.text] = answer if answer.lines else _ask([mutant], folder, gate.ask_all)
    for group in _groups([mutant for mutant in mutants if mutant.text not in answers]):
        answers |= _scanned(group, folder, gate)
    return [Judged(kind, mutant, answers[mutant.text]) for mutant in mutants]


def _groups(mutants: list[Mutant]) -> list[list[Mutant]]:
    """Groups whose mutants change different resources or data sources; the others are in none."""
    groups: list[list[Mutant]] = []
    for mutant in mutants:
        for group in groups if mutant.address else ():
            if len(group) < _TOGETHER and not any(_meet(mutant, each) for each in group):
                group.append(mutant)
                break
        else:
            groups += [[mutant]] if mutant.address else []
    return groups


def _meet(one: Mutant, other: Mutant) -> bool:
    return (one.layer, one.address) == (other.layer, other.address)


def _asked(group: list[Mutant], folder: Path, ask: Callable[[Path, str], Answer]) -> dict[str, Answer]:
    """Answers to those mutants of a group that have lines of their own."""
    answer = _ask(group, folder, ask)
    own = {mutant.text: Answer(tuple(filter(mutant.is_named_in, answer.lines))) for mutant in group}
    return {text: each for text, each in own.items() if each.lines and not answer.crash}


def _scanned(group: list[Mutant], folder: Path, gate: Gate) -> dict[str, Answer]:
    """One scan of all. If nothing is wrong, all pass; else those without a line of their own are halved."""
    answer = _ask(group, folder, gate.ask_all)
    if len(group) == 1 or not (answer.lines or answer.crash):
        return {mutant.text: answer for mutant in group}
    found = (
        {}
        if answer.crash
        else {mutant.text: Answer(own) for mutant in group if (own := tuple(filter(mutant.is_named_in, answer.lines)))}
    )
    others = [mutant for mutant in group if mutant.text not in found]
    middle = (len(others) + 1) // 2
    for half in (others[:middle], others[middle:]):
        found |= _scanned(half, folder, gate) if half else {}
    return found


def _ask(mutants: list[Mutant], folder: Path, ask: Callable[[Path, str], Answer]) -> Answer:
    """Answer for a copy with all these changes, in a folder of its own."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        copied = copy(mutants[0].env, Path(place) / "synth")
        for mutant in mutants:
            mutant.spring(copied)
        return ask(copied.dir, copied.ref)


def main() -> None:
    """Judge mutants of one kind or of all, and print what isn't refused in an orderly way."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=30, help="mutants a kind")
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--env", default="dev", help="checked-in environment to change")
    parser.add_argument("--alone", action="store_true", help="lists and rules alone, without the fresh synthesis")
    asked = parser.parse_args()
    with run_folder():
        for kind in asked.kind or KINDS:
            begun = time.process_time()
            with tempfile.TemporaryDirectory() as folder:
                judged = judge(
                    kind, make(kind, asked.seed, asked.count, asked.env), Path(folder), Gate(not asked.alone)
                )
            wrong = [each for each in judged if each.wrong]
            print(
                f"{kind}: {len(judged) - len(wrong)} of {len(judged)} hold, {time.process_time() - begun:.1f} s CPU",
                flush=True,
            )
            for each in wrong:
                print(f"  {each.wrong}: {each.mutant.text}", flush=True)


if __name__ == "__main__":
    main()
