"""Repair of leftovers: what fails hinders nothing else. Terraform is a script that records its calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.commands.recover import parse_choices, parse_imports, proposal_lines, repaired_lines
from pipeline.errors import ExitCode, SitechatError
from pipeline.recovery import repair as repairing
from pipeline.recovery.leftovers import Leftovers
from pipeline.recovery.locks import Lock
from pipeline.recovery.looked import NotLooked
from pipeline.recovery.matching import Import, Orphan
from pipeline.recovery.repair import Failed, Proposal, Repaired, repair
from pipeline.recovery.restore import Restored
from pipeline.recovery.stored_states import StateCopy, StateFinding
from pipeline.session import Session
from pipeline.synth.layers import Synthesis
from pipeline.work import Work
from tests.pipeline.conftest import FakeTool
from tests.pipeline.recovery.conftest import state
from tests.support.environments import varied

TOPIC = "arn:aws:sns:eu-west-1:222222222222:alerts"
ALERTS = Import("first", "aws_sns_topic.alerts", TOPIC, TOPIC)
NET = Import("first", "aws_vpc.net", "vpc-1")
HOT = Import("second", "aws_cloudwatch_metric_alarm.hot", "hot")
LOCK = Lock("first", "a784b4e1", "ann@desk", "", "", ("S3",))
COPY = StateCopy("v7", state(7, "a"))
DAMAGED = StateFinding("second", "p/dev/r/second.tfstate", ("it is damaged",), chosen=COPY, candidates=(COPY,))

Looks = Callable[..., None]


@pytest.fixture
def session(tmp_path: Path, fake_tool: FakeTool) -> Session:
    tool = fake_tool("terraform", f'echo "$@" >> {tmp_path}/calls; mkdir -p .terraform')
    return Session(varied("dev"), "dev", Work(tmp_path), {}, tool)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    """Set what is found by each look after the first; the last of them again and again."""

    def given(*found: Leftovers) -> None:
        rest = list(found)
        monkeypatch.setattr(
            repairing, "find_leftovers", lambda session, synthesis: rest.pop(0) if len(rest) > 1 else rest[0]
        )

    return given


def calls(session: Session) -> list[str]:
    path = session.work.root / "calls"
    lines = path.read_text().splitlines() if path.exists() else []
    return [line for line in lines if not line.startswith("init")]


def agree(proposal: Proposal) -> bool:
    return True


def test_an_orphan_is_imported_where_it_belongs(session: Session, pair: Synthesis, looks: Looks) -> None:
    looks(Leftovers())
    done = repair(session, pair, Leftovers(orphans=(Orphan(TOPIC),), imports=(ALERTS,)), agree)
    assert done == Repaired(Leftovers(), imported=(ALERTS,))
    (call,) = calls(session)
    assert call.endswith(f"aws_sns_topic.alerts {TOPIC}")


def test_a_failed_import_does_not_stop_the_rest(
    session: Session, pair: Synthesis, looks: Looks, fake_tool: FakeTool, tmp_path: Path
) -> None:
    absent = "printf '╷\n│ Error: Cannot import non-existent\n│ remote object\n╵\n' >&2; exit 1"
    wrong = "printf '╷\n│ Error: Access denied\n╵\n' >&2; exit 1"
    fake_tool(
        "terraform",
        f'echo "$@" >> {tmp_path}/calls; mkdir -p .terraform\ncase "$*" in *vpc-1) {absent};; *alerts*) {wrong};; esac',
    )
    doubt = NotLooked(f"whether {TOPIC}-gone exists", "its type can't be asked for")
    gone = Import("first", "aws_vpc.net", "vpc-1", f"{TOPIC}-gone")
    still = Leftovers(orphans=(Orphan(f"{TOPIC}-gone"), Orphan(TOPIC)), imports=(gone, ALERTS), not_looked=(doubt,))
    looks(still)
    done = repair(session, pair, replace(still, imports=(gone, ALERTS, HOT)), agree)
    assert (done.imported, done.absent) == ((HOT,), (gone,))
    (failed,) = done.failed
    assert (failed.layer, failed.address) == ("first", "aws_sns_topic.alerts")
    assert "Access denied" in failed.reason
    assert (done.left.orphans, done.left.imports, done.left.not_looked) == ((Orphan(TOPIC),), (ALERTS,), ())
    assert done.left.gone == (f"{TOPIC}-gone",)
    assert len(calls(session)) == 3, "nothing is tried twice"
    assert next(repaired_lines(done)) == "1 resource imported, 1 doesn't exist: vpc-1, 1 failed"


def test_what_an_import_makes_possible_is_asked_about_again(session: Session, pair: Synthesis, looks: Looks) -> None:
    asked: list[Proposal] = []
    looks(Leftovers(imports=(NET,)), Leftovers())

    def note(proposal: Proposal) -> bool:
        asked.append(proposal)
        return True

    done = repair(session, pair, Leftovers(imports=(ALERTS,)), note)
    assert asked == [Proposal(imports=(ALERTS,)), Proposal(imports=(NET,))]
    assert done.imported == (ALERTS, NET)


def test_an_import_that_its_state_does_not_show_is_told(session: Session, pair: Synthesis, looks: Looks) -> None:
    looks(Leftovers(imports=(ALERTS,)))
    done = repair(session, pair, Leftovers(imports=(ALERTS,)), agree)
    assert done.failed == (Failed("first", "aws_sns_topic.alerts", "it was imported, and isn't in its state"),)
    assert len(calls(session)) == 1


@pytest.fixture
def restored(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of copies that were restored; nothing is written."""
    names: list[str] = []

    def note(session: Session, finding: StateFinding, copy: StateCopy, backend: Any) -> Restored:
        names.append(copy.name)
        return Restored(finding.layer, copy.name, copy.serial)

    monkeypatch.setattr(repairing, "restore", note)
    return names


def test_states_are_restored_before_anything_is_imported(
    session: Session, pair: Synthesis, looks: Looks, restored: list[str]
) -> None:
    """A resource that the restored state knows is no orphan any more."""
    looks(Leftovers())
    done = repair(session, pair, Leftovers(states=(DAMAGED,), imports=(ALERTS,)), agree)
    assert (done.restored, done.imported, calls(session)) == ((Restored("second", "v7", 7),), (), [])


def test_a_state_that_nobody_can_choose_waits_and_the_rest_goes_on(
    session: Session, pair: Synthesis, looks: Looks, restored: list[str]
) -> None:
    left = Leftovers(states=(replace(DAMAGED, chosen=None),), imports=(ALERTS,))
    looks(replace(left, imports=()))
    done = repair(session, pair, left, agree)
    assert (restored, done.imported) == ([], (ALERTS,))
    assert repair(session, pair, left, agree, {"second": "v7"}).restored == (Restored("second", "v7", 7),)


@pytest.mark.parametrize(
    ("choices", "message"),
    [({"third": "v7"}, "nothing is wrong with the state of 'third'"), ({"second": "v9"}, "second has no copy 'v9'")],
)
def test_a_choice_that_cannot_be_meant_is_refused(
    session: Session, pair: Synthesis, restored: list[str], choices: dict[str, str], message: str
) -> None:
    with pytest.raises(SitechatError, match=message) as caught:
        repair(session, pair, Leftovers(states=(DAMAGED,)), agree, choices)
    assert caught.value.code is ExitCode.USAGE
    assert restored == []


def test_a_locked_layer_is_left_alone_and_the_others_are_not(
    session: Session, pair: Synthesis, looks: Looks, restored: list[str]
) -> None:
    left = Leftovers(locks=(LOCK,), states=(DAMAGED,), imports=(ALERTS, HOT))
    looks(replace(left, states=()), Leftovers(locks=(LOCK,), imports=(ALERTS,)))
    done = repair(session, pair, left, agree)
    assert (restored, done.imported, done.locked) == (["v7"], (HOT,), ("first",))


def test_a_lock_that_is_taken_meanwhile_is_told(
    session: Session, pair: Synthesis, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*given: object) -> Restored:
        raise SitechatError("the state of second is locked", code=ExitCode.LOCKED)

    monkeypatch.setattr(repairing, "restore", locked)
    left = Leftovers(states=(DAMAGED,), imports=(HOT,))
    looks(left)
    done = repair(session, pair, left, agree)
    assert (done.restored, done.imported, done.locked, done.failed) == ((), (), ("second",), ())


def test_no_changes_nothing(session: Session, pair: Synthesis) -> None:
    with pytest.raises(SitechatError, match="nothing was repaired") as caught:
        repair(session, pair, Leftovers(imports=(ALERTS,)), lambda proposal: False)
    assert caught.value.code is ExitCode.INTERRUPTED
    assert calls(session) == []


def test_without_anything_certain_nobody_is_asked(session: Session, pair: Synthesis) -> None:
    left = Leftovers(orphans=(Orphan(f"{TOPIC}-other"),))

    def never(proposal: Proposal) -> bool:
        raise AssertionError("asked about nothing")

    assert repair(session, pair, left, never) == Repaired(left)


def test_what_is_asked_about_is_shown() -> None:
    shown = list(proposal_lines(Proposal(((DAMAGED, COPY),), (ALERTS,))))
    assert shown == [
        "state of second: version v7: serial 7, lineage 1a2b3c4d, 1 resource",
        "  it knows 1 resource",
        f"import into first: aws_sns_topic.alerts = {TOPIC}",
    ]


def test_copies_are_chosen_by_layer_and_only_to_repair() -> None:
    assert parse_choices(["first=v=1", "second=empty"], repair=True) == {"first": "v=1", "second": "empty"}
    for given, repairs in ((["first"], True), (["first="], True), (["a=1", "a=2"], True), (["first=v1"], False)):
        with pytest.raises(SitechatError) as caught:
            parse_choices(given, repair=repairs)
        assert caught.value.code is ExitCode.USAGE


def test_an_import_that_a_person_asks_for_goes_before_the_offered_one(
    session: Session, pair: Synthesis, looks: Looks
) -> None:
    looks(Leftovers())
    (asked,) = parse_imports(["first/aws_vpc.net=vpc=2"], repair=True)
    assert asked == Import("first", "aws_vpc.net", "vpc=2")
    done = repair(session, pair, Leftovers(imports=(NET, ALERTS)), agree, wanted=[asked])
    assert done.imported == (asked, ALERTS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("first/aws_vpc.ne=vpc-1", "Of that type it has: aws_vpc.net."),
        ("first/aws_kms_key.it=1", "It has none of that type."),
        ("third/aws_vpc.net=vpc-1", "Its layers are"),
    ],
)
def test_an_import_at_no_address_is_refused(session: Session, pair: Synthesis, text: str, words: str) -> None:
    with pytest.raises(SitechatError) as caught:
        repair(session, pair, Leftovers(), agree, wanted=parse_imports([text], repair=True))
    assert (caught.value.code, words in caught.value.hint) == (ExitCode.USAGE, True)


def test_into_a_state_that_stays_damaged_nothing_is_imported(
    session: Session, pair: Synthesis, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*given: object) -> Restored:
        raise SitechatError("AWS says no", code=ExitCode.FAILED)

    monkeypatch.setattr(repairing, "restore", refused)
    left = Leftovers(states=(replace(DAMAGED, digest="f" * 32),), imports=(ALERTS, HOT))
    looks(left, replace(left, imports=(HOT,)))
    done = repair(session, pair, left, agree)
    assert (done.imported, done.failed) == ((ALERTS,), (Failed("second", "", "AWS says no"),))


def test_imports_name_a_place_and_only_to_repair() -> None:
    for given, repairs in ((["first"], True), (["first/a.b"], True), (["a.b=1"], True), (["first/a.b=1"], False)):
        with pytest.raises(SitechatError) as caught:
            parse_imports(given, repair=repairs)
        assert caught.value.code is ExitCode.USAGE
