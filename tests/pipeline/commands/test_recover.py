"""Exit codes and answers of `recover`: 0 only when everything was seen and nothing is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from pipeline.recovery.leftovers import Leftovers, whether_it_exists
from pipeline.recovery.locks import Lock
from pipeline.recovery.looked import NotLooked
from pipeline.recovery.matching import Import, Orphan
from pipeline.recovery.repair import Failed, Repaired
from pipeline.recovery.restore import Restored
from pipeline.recovery.stored_states import StateCopy, StateFinding
from tests.pipeline.operations.support import Account, Run
from tests.pipeline.recovery.conftest import state

TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"
COPY = StateCopy("v7", state(7, "a"))
DAMAGED = StateFinding("edge", "p/dev/global/edge.tfstate", ("it is damaged",), chosen=COPY, candidates=(COPY,))
UNSEEN = (NotLooked("tagged resources in eu-west-1", "AccessDenied"),)
LOCK = Lock("edge", "a784b4e1", "ann@desk", "OperationTypeApply", "", ("S3",))

pytestmark = pytest.mark.usefixtures("synthesised_once")
Finds = Callable[[Leftovers], None]


@pytest.fixture
def finds(monkeypatch: pytest.MonkeyPatch) -> Finds:
    """Set what is found."""

    def given(left: Leftovers) -> None:
        monkeypatch.setattr("pipeline.recovery.leftovers.find_leftovers", lambda session, synthesis: left)

    return given


@pytest.mark.parametrize(
    ("left", "code"),
    [
        (Leftovers(), 0),
        (Leftovers(gone=(TOPIC,)), 0),
        (Leftovers(states=(DAMAGED,)), 10),
        (Leftovers(locks=(LOCK,)), 10),
        (Leftovers(not_looked=UNSEEN), 8),
        (Leftovers(states=(DAMAGED,), not_looked=UNSEEN), 8),
    ],
    ids=["nothing", "ghosts", "a state", "a lock", "unseen", "unseen and a state"],
)
def test_it_ends_with_0_only_when_all_was_seen(
    account: Account, run: Run, finds: Finds, left: Leftovers, code: int
) -> None:
    finds(left)
    done = run("recover", "--env", account.file)
    assert done.code == code, done.err
    assert ("Nothing is wrong" in done.out) is (code == 0)
    told = run("recover", "--env", account.file, "--json")
    assert told.code == code
    answer = json.loads(told.out)
    assert answer["not_looked"] == [vars(each) for each in left.not_looked]
    assert [each["key"] for each in answer["states"]] == [each.key for each in left.states]
    assert answer["gone"] == list(left.gone)


def test_nobody_is_told_to_delete_what_may_be_somebody_elses(account: Account, run: Run, finds: Finds) -> None:
    unclear = NotLooked(whether_it_exists(TOPIC), "its type can't be asked for")
    finds(Leftovers(orphans=(Orphan(TOPIC),), not_looked=(unclear,)))
    told = run("recover", "--env", account.file).out
    assert f"not looked at: whether {TOPIC} exists" in told
    assert "delete it in AWS" not in told
    assert "in no state" not in told
    finds(Leftovers(orphans=(Orphan(TOPIC),)))
    assert "delete it in AWS" in run("recover", "--env", account.file).out


def test_a_remembered_copy_that_is_gone_is_said_before_one_is_chosen(account: Account, run: Run, finds: Finds) -> None:
    choices = replace(DAMAGED, chosen=None, digest="0" * 32)
    finds(Leftovers(states=(choices,)))
    assert "the copy that the lock table remembers is gone" in run("recover", "--env", account.file).out
    finds(Leftovers(states=(replace(choices, digest=COPY.md5),)))
    assert "which copy is right can't be told" in run("recover", "--env", account.file).out


def test_a_repair_tells_what_it_did_and_could_not_do(
    account: Account, run: Run, finds: Finds, monkeypatch: pytest.MonkeyPatch
) -> None:
    imports = tuple(Import("edge", f"aws_sns_topic.t{number}", f"id-{number}") for number in range(11))
    gone = Import("edge", "aws_vpc.net", "vpc-1")
    done = Repaired(
        Leftovers(orphans=(Orphan(TOPIC),)),
        restored=(Restored("edge", "v7", 8),),
        imported=imports,
        absent=(gone,),
        failed=(Failed("edge", "aws_sns_topic.alarms", "Access denied"),),
    )
    monkeypatch.setattr("pipeline.recovery.repair.repair", lambda *given: done)
    finds(Leftovers(states=(DAMAGED,), imports=(*imports, gone)))
    shown = run("recover", "--env", account.file, "--repair")
    assert shown.code == 10
    for words in (
        "restored the state of edge from v7, as serial 8",
        "11 resources imported, 1 doesn't exist: vpc-1, 1 failed",
        "  failed: edge: aws_sns_topic.alarms: Access denied",
    ):
        assert words in shown.out
    answer = json.loads(run("recover", "--env", account.file, "--repair", "--json").out)
    assert [len(answer[each]) for each in ("restored", "imported", "absent", "failed", "locked")] == [1, 11, 1, 1, 0]


@pytest.mark.parametrize(
    ("done", "told"),
    [
        (Repaired(Leftovers(orphans=(Orphan(TOPIC),))), True),
        (Repaired(Leftovers()), False),
        (Repaired(Leftovers(orphans=(Orphan(TOPIC),)), restored=(Restored("edge", "v7", 8),)), False),
        (Repaired(Leftovers(locks=(LOCK,)), locked=("edge",)), False),
    ],
    ids=["undecided", "clean", "restored", "locked"],
)
def test_a_repair_that_can_decide_nothing_says_so(
    account: Account, run: Run, finds: Finds, monkeypatch: pytest.MonkeyPatch, done: Repaired, told: bool
) -> None:
    monkeypatch.setattr("pipeline.recovery.repair.repair", lambda *given: done)
    finds(done.left)
    shown = run("recover", "--env", account.file, "--repair")
    assert ("Nothing was repaired: what is left is for a person to decide." in shown.out) is told


def test_a_lock_that_hinders_a_repair_is_told_behind_what_was_repaired(
    account: Account, run: Run, finds: Finds, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = Repaired(Leftovers(locks=(LOCK,)), restored=(Restored("dns", "v7", 7),), locked=("edge",))
    monkeypatch.setattr("pipeline.recovery.repair.repair", lambda *given: done)
    finds(Leftovers(locks=(LOCK,), states=(replace(DAMAGED, layer="dns"),)))
    shown = run("recover", "--env", account.file, "--repair")
    assert shown.code == 7
    assert "restored the state of dns" in shown.out
    assert "left alone, because a lock is held: edge" in shown.err
    answer = json.loads(run("recover", "--env", account.file, "--repair", "--json").out)
    assert (answer["locked"], answer["error"]["exit_code"]) == (["edge"], 7)


def test_a_choice_without_repair_is_refused(account: Account, run: Run) -> None:
    done = run("recover", "--env", account.file, "--restore", "edge=v7")
    assert (done.code, "--restore needs --repair" in done.err) == (2, True)
