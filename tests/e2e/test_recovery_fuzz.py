"""Two seeds of the fuzzer of recovery, and the reading of what an output says to type."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.checkout import Done
from tests.e2e.fuzz.faults import FAULTS, draw
from tests.e2e.fuzz.person import MOST, LostError, Person, told_commands
from tests.e2e.recovery_fuzz import play

DEPLOY = ("deploy", "--env", "s1")
RECOVER = ("recover", "--env", "s1")
# A command that was killed in the middle of what it made, and a state object that is gone.
SEEDS = (30, 1)


@pytest.mark.slow
def test_a_seeded_fault_is_recovered_by_typing_what_the_output_says(tmp_path: Path) -> None:
    played = play(SEEDS, tmp_path, jobs=len(SEEDS))
    failed = [each for each in played if each.wrongs]
    told = "\n".join((tmp_path / f"seed-{each.seed}.log").read_text() for each in failed)
    assert not failed, f"{told}\n{[each.line for each in failed]}"
    assert all(each.struck for each in played)


def test_fifty_seeds_have_every_fault_and_a_seed_has_always_the_same() -> None:
    drawn = [draw(seed) for seed in range(50)]
    assert [each.name for each in drawn] == [draw(seed).name for seed in range(50)]
    assert [each.step for each in drawn] == [draw(seed).step for seed in range(50)]
    assert all(draw(seed).name == drawn[seed].name for seed in range(len(FAULTS)))
    assert len({each.name.partition(" of ")[0] for each in drawn}) > len(FAULTS)


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("next:  See what is left with `sitechat recover --env s1`; its --repair imports it.", [RECOVER]),
        (
            "next: sitechat recover --env s1 --repair stores those states, and imports what surely belongs here",
            [(*RECOVER, "--repair")],
        ),
        (
            "  only if nobody works there any more: sitechat recover --env s1 --unlock 6d5e-1\n"
            "  the next sitechat deploy --env s1 replaces them",
            [(*RECOVER, "--unlock", "6d5e-1"), DEPLOY],
        ),
        (
            "next: Start it with `sitechat local up`, then begin anew: `sitechat bootstrap --env s1`, "
            "`sitechat deploy --env s1`.",
            [("local", "up"), ("bootstrap", "--env", "s1"), DEPLOY],
        ),
        ("next: sitechat bootstrap --env local, then sitechat deploy --env local; end: sitechat local down", []),
        ("next: sitechat outputs --env s1", []),
        ("every attribute: `sitechat show latest --env s1`", []),
        ("Bundle 20261129T185406Z-2ca4\nnext: sitechat apply 20261129T185406Z-2ca4 --env s1", None),
        (
            "next: Run the same command again: it goes on. Only `apply` needs a new `sitechat plan --env s1` before.",
            [DEPLOY, ("plan", "--env", "s1")],
        ),
        ("next: sitechat recover --env ENV --unlock ID", []),
    ],
)
def test_commands_are_read_from_what_is_said(output: str, told: list[tuple[str, ...]] | None) -> None:
    if told is None:
        told = [("apply", "20261129T185406Z-2ca4", "--env", "s1")]
    assert told_commands(output, "s1", DEPLOY) == told


class Told:
    """Answers of commands in turn; `typed` are the commands, those that only look included."""

    def __init__(self, *answers: Done) -> None:
        self.answers = list(answers)
        self.typed: list[str] = []

    def __call__(self, words: tuple[str, ...]) -> Done:
        self.typed.append(" ".join(words))
        return self.answers.pop(0)


def person(told: Told, *, works: bool = False) -> Person:
    at_work = [works]

    def waited() -> bool:
        return bool(at_work and at_work.pop())

    return Person(told, waited, "s1", DEPLOY)


def test_a_person_follows_until_the_plan_is_empty_and_nothing_is_left() -> None:
    fine = Done(0, "", "")
    told = Told(
        Done(10, "next: sitechat recover --env s1 --repair stores those", ""),
        Done(0, "next: sitechat deploy --env s1", ""),
        Done(0, "next: sitechat outputs --env s1", ""),
        fine,
        fine,
    )
    at_work = person(told)
    at_work.follow(Done(6, "", "next: See what is left with `sitechat recover --env s1`."))
    assert told.typed == [
        "recover --env s1",
        "recover --env s1 --repair --yes",
        "deploy --env s1 --yes",
        "plan --env s1 --detailed-exitcode",
        "recover --env s1",
    ]
    assert len(at_work.typed) == 3


def test_a_lock_is_waited_for_while_its_holder_works() -> None:
    fine = Done(0, "", "")
    told = Told(fine, fine, fine)
    locked = Done(
        7, "", "next: Wait until it is done. Only if nobody is working: `sitechat recover --env s1 --unlock 1`."
    )
    person(told, works=True).follow(locked)
    assert told.typed[0] == "deploy --env s1 --yes"


def test_one_of_several_copies_is_chosen_and_the_others_are_left() -> None:
    choices = "\n".join(f"    sitechat recover --env s1 --repair --restore service={each}" for each in ("v2", "v1"))
    told = Told(*(Done(0, "", "") for _ in range(4)))
    person(told).follow(Done(10, choices, ""))
    assert told.typed[:2] == ["recover --env s1 --repair --restore service=v2 --yes", "deploy --env s1 --yes"]


def test_an_output_that_leads_nowhere_ends_it() -> None:
    with pytest.raises(LostError, match="nothing to type"):
        person(Told()).follow(Done(6, "", "error: it failed\nnext: docs/runbooks/state-damaged.md"))


def test_what_fails_twice_the_same_way_ends_it() -> None:
    again = Done(6, "", "next: `sitechat deploy --env s1` goes on")
    with pytest.raises(LostError, match="twice the same way"):
        person(Told(again, again)).follow(again)


def test_more_than_five_commands_are_too_many() -> None:
    answers = [Done(6, str("x" * number), "next: `sitechat deploy --env s1` goes on") for number in range(MOST + 1)]
    with pytest.raises(LostError, match="5 commands were typed"):
        person(Told(*answers)).follow(answers[0])
