"""Seeded mutants of the waivers' own file: each makes the gate red with lines that say so, and none raises.

What widens a waiver into another right one (`not_in` or a condition taken out) is a reviewer's to see, not the gate's.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from config import load
from pipeline.scan.gate import judge_scan, scan_layers
from pipeline.scan.model import ScanResult
from pipeline.work import repo_root
from tests.support.shared import synthesis

TODAY = date(2026, 12, 1)
HEAD, *BLOCKS = (repo_root() / "policies" / "waivers.toml").read_text(encoding="utf-8").split("[[waiver]]\n")
EACH_KIND = 30
LOOK_ALIKES = str.maketrans("aceopxAEBCKT", "\u0430\u0441\u0435\u043e\u0440\u0445\u0410\u0415\u0412\u0421\u041a\u0422")
TYPES = ("1", "nan", "true", "[]", "{}", "[[]]", '""', '" "', "2027-01-01T00:00:00Z", '"\\u0000"', "[{}]", "''' '''")
CONDITIONS: tuple[str, ...] = (
    "not not edge.enabled",
    "edge",
    "edge.enabled and",
    "a = ",
    "edge.enabled or dns.domain",
    "name = dev",
)
CONDITIONS += ("network.cidr.is_global", "edge.__class__", "emulated", "True", "edge.enabled, dns.domain", "region")


def line(block: str, key: str) -> str:
    return next(each for each in block.splitlines() if each.startswith(f"{key} = "))


def keys(block: str) -> list[str]:
    return [each.partition(" = ")[0] for each in block.splitlines() if " = " in each]


def without_a_key(block: str, chance: random.Random) -> str:
    needed = [key for key in keys(block) if key not in ("not_in", "only_if", "kind", "each")]
    return block.replace(line(block, chance.choice(needed)) + "\n", "")


def other_type(block: str, chance: random.Random) -> str:
    key = chance.choice(keys(block))
    return block.replace(line(block, key), f"{key} = {chance.choice(TYPES)}")


def key_twice(block: str, chance: random.Random) -> str:
    return line(block, chance.choice(keys(block))) + "\n" + block


def unknown_key(block: str, chance: random.Random) -> str:
    key = chance.choice(keys(block))
    return block + chance.choice((f"{key}s", f"{key.title()}x", f"x_{key}", "comment")) + " = 1\n"


def look_alike(block: str, chance: random.Random) -> str:
    old = line(block, chance.choice(("check", "address")))
    key, _, value = old.partition(" = ")
    return block.replace(old, f"{key} = {value.translate(LOOK_ALIKES)}")


def stray_character(block: str, chance: random.Random) -> str:
    old = line(block, chance.choice(("check", "address")))
    at = chance.randrange(old.index('"') + 1, len(old))
    return block.replace(old, old[:at] + chance.choice((" ", "*", "/", "\\n", "\u200b", "[0]", "?", "%")) + old[at:])


def lower_case_check(block: str, chance: random.Random) -> str:
    old = line(block, "check")
    return block.replace(old, chance.choice((old.lower(), old.title(), old.replace("_", "-"))))


def other_condition(block: str, chance: random.Random) -> str:
    rest = "".join(f"{each}\n" for each in block.splitlines() if not each.startswith("only_if = "))
    return f'only_if = "{chance.choice(CONDITIONS)}"\n{rest}'


def other_date(block: str, chance: random.Random) -> str:
    day = chance.choice(("2026-11-30", "2027-12-02", "2099-01-01", "0001-01-01", "9999-12-31", "1970-01-01"))
    return block.replace(line(block, "expires"), f"expires = {day}")


def other_environments(block: str, chance: random.Random) -> str:
    named = chance.choice(
        ('"dev"', "[]", '["dev", "dev"]', '["*"]', '["all"]', '["qa"]', '"All"', '["dev,prod"]', "[true]")
    )
    rest = "".join(f"{each}\n" for each in block.splitlines() if not each.startswith("not_in = "))
    return rest.replace(line(rest, "environments"), f"environments = {named}")


def poor_reason(block: str, chance: random.Random) -> str:
    poor = chance.choice(
        ("x" * 40, "." * 40, "- " * 20, "TODO " * 10, "because", "accepted accepted ok", "1 2 3 4 5 6 7 8 9 10 11")
    )
    return block.replace(line(block, "reason"), f'reason = "{poor}"')


def twice(block: str, chance: random.Random) -> str:
    return block + "\n[[waiver]]\n" + block


MUTATIONS: tuple[Callable[[str, random.Random], str], ...] = (
    without_a_key,
    other_type,
    key_twice,
    unknown_key,
    look_alike,
    stray_character,
    lower_case_check,
    other_condition,
    other_date,
    other_environments,
    poor_reason,
    twice,
)


@cache
def scanned() -> ScanResult:
    found = synthesis("dev")
    return scan_layers({layer.name: layer.path for layer in found.layers}, found.dir, load("dev"))


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda each: each.__name__)
def test_no_mutant_passes(mutation: Callable[[str, random.Random], str], tmp_path: Path) -> None:
    path = tmp_path / "waivers.toml"
    chance = random.Random(mutation.__name__)
    for _ in range(EACH_KIND):
        number = chance.randrange(len(BLOCKS))
        changed = mutation(BLOCKS[number], chance)
        path.write_text("[[waiver]]\n".join([HEAD, *BLOCKS[:number], changed, *BLOCKS[number + 1 :]]), encoding="utf-8")
        verdict = judge_scan(scanned(), load("dev"), waivers=path, today=TODAY)
        assert verdict.problems, changed
        assert all(text.isprintable() and "waiver" in text for text in verdict.problems), verdict.problems


def test_the_file_itself_passes() -> None:
    assert len([*tomllib.loads(HEAD)]) == 0
    assert judge_scan(scanned(), load("dev"), today=TODAY).passed
