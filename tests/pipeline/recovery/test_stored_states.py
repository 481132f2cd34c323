"""What is wrong with a stored state, and which copy surely takes its place: decided on contents alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.recovery.stored_states import (
    ERRORED,
    Look,
    StateCopy,
    StateFinding,
    described,
    judge,
    plain_finding,
    state_differences,
)

FILE = Path("work/first/errored.tfstate")


def copy(serial: int, *names: str, name: str = "", lineage: str = "1a2b3c4d-line", stored: bool = False) -> StateCopy:
    """A state with topics of these names."""
    made = [
        {"mode": "managed", "type": "aws_sns_topic", "name": each, "instances": [{"attributes": {}}]} for each in names
    ]
    state = {"version": 4, "terraform_version": "1.11.4", "serial": serial, "lineage": lineage, "resources": made}
    return StateCopy(name or f"v{serial}", json.dumps(state).encode(), "2026-01-15T12:00:00Z", stored)


def stored(serial: int, *names: str, lineage: str = "1a2b3c4d-line") -> StateCopy:
    return copy(serial, *names, lineage=lineage, stored=True)


def errored(serial: int, *names: str, lineage: str = "1a2b3c4d-line") -> StateCopy:
    return replace(copy(serial, *names, lineage=lineage), name=ERRORED, time="")


def look(now: StateCopy | None, *versions: StateCopy, digest: str | None = "none", **more: object) -> Look:
    """A look at a layer whose digest is that of what is stored, unless one is given."""
    remembered = (now.md5 if now else "") if digest == "none" else digest
    found = Look("first", "p/dev/r/first.tfstate", now, versions, remembered)
    if "errored" in more:
        more["errored_path"] = FILE
    return replace(found, **more)  # type: ignore[arg-type]


def judged(seen: Look) -> StateFinding:
    found = judge(seen)
    assert found is not None
    return found


WHOLE, BEFORE = stored(7, "a", "b"), copy(6, "a")
TRUNCATED = StateCopy("v8", WHOLE.content[: len(WHOLE.content) // 2], "", stored=True)


@pytest.mark.parametrize(
    "seen",
    [
        look(None),
        look(WHOLE),
        look(WHOLE, BEFORE),
        look(WHOLE, BEFORE, digest=None),
        look(WHOLE, StateCopy("v6", b"{"), BEFORE),
        look(stored(6, "a"), copy(6, "a")),
    ],
    ids=["never applied", "one version", "a newer one", "without a table", "a damaged one before", "put again"],
)
def test_nothing_is_wrong(seen: Look) -> None:
    assert judge(seen) is None


@pytest.mark.parametrize(
    ("seen", "problem", "chosen"),
    [
        (look(TRUNCATED, copy(7, "a", "b"), digest=copy(7, "a", "b").md5), "no state that Terraform can read", "v7"),
        (look(StateCopy("v8", b"", "", stored=True), BEFORE, digest=BEFORE.md5), "(0 bytes)", "v6"),
        (look(StateCopy("v8", b"[4]", "", stored=True), BEFORE, digest=BEFORE.md5), "(3 bytes)", "v6"),
        (look(None, BEFORE, digest=BEFORE.md5, marker="delete marker m of t"), "was deleted (delete marker", "v6"),
        (look(None, BEFORE, digest="", marker="delete marker m of t"), "was deleted (delete marker", "v6"),
        (look(None, BEFORE, digest=None, marker="delete marker m of t"), "was deleted (delete marker", "v6"),
        (look(None, BEFORE, digest=BEFORE.md5), "gone, and the lock table remembers one", "v6"),
        # Somebody put an older object: the digest tells the right one.
        (look(stored(5), copy(7, "a"), digest=copy(7, "a").md5), "not the one the lock table remembers", "v7"),
        # A write was cut off between object and digest: the object is what came after.
        (look(WHOLE, BEFORE, digest=BEFORE.md5), "not the one the lock table remembers", "v7"),
        (look(WHOLE, BEFORE, digest=""), "has forgotten its digest", "v7"),
        (look(None, errored=errored(1, "a")), "a run could not store it", ERRORED),
        # It is what a run made of the stored one, and may have destroyed something.
        (look(WHOLE, BEFORE, errored=errored(8, "c")), "a run could not store it", ERRORED),
        (look(TRUNCATED, BEFORE, digest=BEFORE.md5, errored=errored(9, "c")), "no state that", ERRORED),
        (look(WHOLE, BEFORE, errored=errored(7, "a", "b")), "stored by now", "v7"),
    ],
)
def test_a_copy_that_is_surely_right_is_chosen(seen: Look, problem: str, chosen: str) -> None:
    found = judged(seen)
    assert problem in "; ".join(found.problems)
    assert found.chosen is not None
    assert found.chosen.name == chosen
    assert found.best is found.chosen
    assert found.candidates[0] is found.chosen


@pytest.mark.parametrize(
    ("seen", "problem", "names"),
    [
        # The newest version was deleted: what is left is older than the digest.
        (look(stored(6, "a"), copy(5), digest="f" * 32), "not the one the lock table remembers", ["v6", "v5"]),
        (look(None, BEFORE, digest="f" * 32, marker="delete marker m of t"), "was deleted", ["v6"]),
        (look(TRUNCATED, BEFORE, digest=None), "no state", ["v6"]),
        (look(TRUNCATED, BEFORE, digest=""), "has forgotten its digest", ["v6"]),
        (look(stored(5), copy(7, "a")), "it is older than the version before it: serial 5 after 7", ["v7", "v5"]),
        (look(stored(5), copy(7, "a"), digest=None), "it is older than the version before it", ["v7", "v5"]),
        (look(stored(8, lineage="other"), copy(7, "a")), "another lineage than the version before", ["v8", "v7"]),
        # The newer object has lost something that the digest's own knows.
        (look(stored(8, "a"), copy(7, "a", "b"), digest=copy(7, "a", "b").md5), "not the one", ["v8", "v7"]),
        (look(WHOLE, BEFORE, errored=errored(7, "c")), "is older than what is stored, serial 7 and 7", ["v7", ERRORED]),
        (look(WHOLE, BEFORE, errored=errored(9, "c", lineage="x")), "has another lineage than what is", [ERRORED]),
        (look(None, digest="f" * 32), "its object is gone, and the lock table remembers one", []),
        (look(None, noted=True), "gone with all versions; this machine knew one", []),
        (look(None, copy(6), digest=""), "its object is gone", ["v6"]),
        (look(None, digest="f" * 32, errored=errored(4, "a")), "its object is gone", [ERRORED]),
    ],
)
def test_what_could_be_meant_is_named_and_nothing_is_chosen(seen: Look, problem: str, names: list[str]) -> None:
    found = judged(seen)
    assert problem in "; ".join(found.problems)
    assert found.chosen is None
    assert [each.name for each in found.candidates][: len(names)] == names
    assert found.best is (found.candidates[0] if names else None)


def test_the_highest_serial_is_that_of_a_damaged_object_too() -> None:
    damaged = StateCopy("v9", b'{"version": 4, "serial": 12, "lineage": "1a', "", stored=True)
    assert judged(look(damaged, BEFORE, digest=BEFORE.md5)).top == 12
    assert judged(look(TRUNCATED, BEFORE, errored=errored(9), digest=BEFORE.md5)).top == 9


def test_an_unstored_state_that_is_damaged_is_told_and_does_not_count() -> None:
    found = judged(replace(look(WHOLE, BEFORE), errored=StateCopy(ERRORED, b"{"), errored_path=FILE))
    assert "can't be read: work/first/errored.tfstate" in found.problems[0]
    assert found.chosen is WHOLE


def test_whether_terraform_can_work_with_what_is_stored() -> None:
    assert judged(look(stored(5), copy(7, "a"))).readable
    assert not judged(look(stored(5), copy(7, "a"), digest="f" * 32)).readable
    assert not judged(look(TRUNCATED, BEFORE, digest=None)).readable
    assert not judged(look(None, BEFORE, digest=BEFORE.md5)).readable


def test_what_would_differ_is_told_by_address() -> None:
    assert list(state_differences(WHOLE, copy(6, "a", "c"))) == [
        "known again: aws_sns_topic.c",
        "no longer known: aws_sns_topic.b",
    ]
    assert list(state_differences(WHOLE, copy(6, "a", "b"))) == ["it knows the same resources as what is stored"]
    (stays,) = state_differences(WHOLE, replace(WHOLE, stored=True))
    assert stays.startswith("it stays as it is")
    assert list(state_differences(TRUNCATED, BEFORE)) == ["it knows 1 resource"]
    assert list(state_differences(None, BEFORE)) == ["it knows 1 resource"]


def test_a_copy_is_described_and_no_value_is_shown() -> None:
    assert described(WHOLE) == "version v7 of 2026-01-15T12:00:00Z: serial 7, lineage 1a2b3c4d, 2 resources, stored now"
    assert described(errored(8)) == "the state that was not stored: serial 8, lineage 1a2b3c4d, 0 resources"
    told = plain_finding(judged(look(WHOLE, BEFORE, digest=BEFORE.md5)))
    assert (told["chosen"], told["errored"]) == ("v7", None)
    assert told["candidates"][0] == {
        "name": "v7",
        "time": "2026-01-15T12:00:00Z",
        "serial": 7,
        "lineage": "1a2b3c4d-line",
        "resources": 2,
        "stored": True,
    }
