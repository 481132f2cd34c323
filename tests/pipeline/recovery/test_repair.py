"""Repair of leftovers, and its refusals. Terraform is a script that records its calls."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline.errors import ExitCode, SitechatError
from pipeline.recovery import repair as repairing
from pipeline.recovery.leftovers import Leftovers
from pipeline.recovery.locks import Lock
from pipeline.recovery.matching import Import, Orphan
from pipeline.recovery.repair import repair
from pipeline.session import Session
from pipeline.synth.layers import Synthesis
from pipeline.work import Work
from tests.pipeline.conftest import FakeTool
from tests.support.environments import varied

TOPIC = "arn:aws:sns:eu-west-1:222222222222:alerts"
ORPHANS = (Orphan(TOPIC),)
NOTHING = Leftovers((), {}, {}, ())
LOCK = Lock("first", "a784b4e1", "ann@desk", "", "", ("S3",))


@pytest.fixture
def session(tmp_path: Path, fake_tool: FakeTool) -> Session:
    tool = fake_tool("terraform", f'echo "$@" >> {tmp_path}/calls; mkdir -p .terraform')
    return Session(varied("dev"), "dev", Work(tmp_path), {}, tool)


def calls(session: Session) -> list[str]:
    path = session.work.root / "calls"
    lines = path.read_text().splitlines() if path.exists() else []
    return [line for line in lines if not line.startswith("init")]


def agree(left: Leftovers, imports: Sequence[Import]) -> bool:
    return True


def test_an_orphan_is_imported_where_it_belongs(
    session: Session, pair: Synthesis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repairing, "find_leftovers", lambda session, synthesis: NOTHING)
    now, imports = repair(session, pair, Leftovers((), {}, {}, ORPHANS), agree)
    assert imports == (Import("first", "aws_sns_topic.alerts", TOPIC, TOPIC),)
    assert now is NOTHING
    (call,) = calls(session)
    assert call.endswith(f"aws_sns_topic.alerts {TOPIC}")


def test_a_state_is_stored_before_anything_is_imported(
    session: Session, pair: Synthesis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resource in the stored state is no orphan any more."""
    path = tmp_path / "errored.tfstate"
    path.write_text("{}")
    monkeypatch.setattr(repairing, "find_leftovers", lambda session, synthesis: NOTHING)
    _, imports = repair(session, pair, Leftovers((), {"first": path}, {}, ORPHANS), agree)
    assert imports == ()
    (call,) = calls(session)
    assert call.startswith("state push")
    assert not path.exists()


def test_a_state_that_is_refused_stays(session: Session, pair: Synthesis, tmp_path: Path, fake_tool: FakeTool) -> None:
    path = tmp_path / "errored.tfstate"
    path.write_text("{}")
    fake_tool("terraform", 'mkdir -p .terraform; [ "$1" = init ]')
    with pytest.raises(SitechatError):
        repair(session, pair, Leftovers((), {"first": path}, {}, ()), agree)
    assert path.exists()


def test_nothing_is_repaired_behind_somebody_who_works(session: Session, pair: Synthesis) -> None:
    with pytest.raises(SitechatError, match="held on first") as caught:
        repair(session, pair, Leftovers((LOCK,), {}, {}, ORPHANS), agree)
    assert caught.value.code is ExitCode.LOCKED
    assert calls(session) == []


def test_no_changes_nothing(session: Session, pair: Synthesis) -> None:
    with pytest.raises(SitechatError) as caught:
        repair(session, pair, Leftovers((), {}, {}, ORPHANS), lambda left, imports: False)
    assert caught.value.code is ExitCode.INTERRUPTED
    assert calls(session) == []


def test_without_anything_certain_nobody_is_asked(session: Session, pair: Synthesis) -> None:
    left = Leftovers((), {}, {}, (Orphan(f"{TOPIC}-other"),))

    def never(left: Leftovers, imports: Sequence[Import]) -> bool:
        raise AssertionError("asked about nothing")

    assert repair(session, pair, left, never) == (left, ())
