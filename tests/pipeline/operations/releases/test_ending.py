"""What a release leaves when its client is killed or comes second: its end gets written, and scaling is resumed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pipeline.clock import now, stamp
from pipeline.commands.left_suspended import scaling_findings
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.releases import ending, run, scaling, watching
from pipeline.operations.releases.ending import being_begun, end_those_over, find_left_suspended, finish
from pipeline.operations.releases.record import Release
from pipeline.operations.releases.records import kept_releases, newest_releases, write_release
from pipeline.operations.releases.scaling import SUSPENDED
from pipeline.operations.releases.strategy import Started
from pipeline.session import Session
from tests.pipeline.operations.releases.doubles import (
    DIGEST,
    FAILED,
    RUNNING,
    SERVICE,
    SUCCEEDED,
    Scripted,
    open_scaled,
    repository,
    wanted,
)
from tests.pipeline.operations.releases.test_record import RELEASE
from tests.pipeline.operations.support import Account

KILLED = replace(RELEASE, ended="", result="begun", deployment="d-OLD", suspended=SUSPENDED)
LATER = "20260115T130000Z-0123456789abcdef"


@pytest.fixture
def session(account: Account, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session whose account has a state bucket and a service that scales; nothing waits between two looks."""
    monkeypatch.setattr(watching, "PAUSE_SECONDS", 0.0)
    return open_scaled(account)


def suspended(session: Session) -> tuple[str, ...]:
    return scaling.suspended_now(session, SERVICE, SUSPENDED)


def begun(seconds: float, **changes: Any) -> Release:
    """A release without an end and without a deployment, recorded so long ago."""
    return replace(KILLED, begun=stamp(now() - timedelta(seconds=seconds)), deployment="", **changes)


def test_a_client_that_is_about_to_begin_is_not_taken_for_a_dead_one() -> None:
    assert being_begun(begun(0))
    assert not being_begun(replace(begun(0), deployment="ecs-svc/1"))
    assert not being_begun(begun(2 * ending.BEGINNING.total_seconds()))


def test_the_next_client_ends_what_is_over_and_resumes_scaling(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    write_release(session, KILLED)
    scaling.suspend(session, SERVICE, SUSPENDED)
    assert end_those_over(session, SERVICE, Scripted([FAILED])) == ()
    assert [(each.result, each.error) for each in newest_releases(session)] == [("failed", "no task started")]
    assert suspended(session) == ()
    assert "whose client was killed: failed; scaling is resumed" in " ".join(capsys.readouterr().err.split())


def test_what_is_under_way_keeps_its_record_and_scaling(session: Session) -> None:
    write_release(session, KILLED)
    scaling.suspend(session, SERVICE, SUSPENDED)
    assert end_those_over(session, SERVICE, Scripted([RUNNING])) == ((KILLED, RUNNING),)
    assert newest_releases(session) == (KILLED,)
    assert suspended(session) == SUSPENDED


def test_scaling_that_the_next_release_needs_is_left_to_it(session: Session) -> None:
    """The client of the first one looks again once the second has begun."""
    first, second = replace(RELEASE, suspended=SUSPENDED), replace(KILLED, id=LATER, suspended=SUSPENDED[:1])
    write_release(session, second)
    scaling.suspend(session, SERVICE, SUSPENDED)
    finish(session, SERVICE, Scripted(), first, SUCCEEDED)
    assert suspended(session) == SUSPENDED[:1]
    finish(session, SERVICE, Scripted(), second, SUCCEEDED)
    assert suspended(session) == ()


def test_of_two_that_end_at_once_one_resumes(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one ends between the first one's look and its record."""
    second = replace(KILLED, id=LATER)
    write_release(session, second)
    scaling.suspend(session, SERVICE, SUSPENDED)

    def slow(session: Session, release: Release) -> None:
        write_release(session, replace(second, ended=stamp(now()), result="succeeded"))
        write_release(session, release)

    monkeypatch.setattr(ending, "write_release", slow)
    finish(session, SERVICE, Scripted(), replace(KILLED), SUCCEEDED)
    assert suspended(session) == ()


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A repository, and what was registered: nothing is built."""
    found = repository(DIGEST)
    found.registered = []

    def register(*_: Any) -> str:
        found.registered.append("app:3")
        return "app:3"

    monkeypatch.setattr(run, "register", register)
    monkeypatch.setattr(run, "find_repository", lambda session: found)
    return found


def test_an_alarm_that_is_on_refuses_before_anything_is_registered_or_tagged(session: Session, built: Any) -> None:
    strategy = Scripted(refuses=SitechatError("errors: on already", code=ExitCode.REFUSED))
    with pytest.raises(SitechatError, match="on already"):
        run.carry_out(session, SERVICE, strategy, wanted(), commit="")
    assert (strategy.did, built.registered, built.tags, newest_releases(session)) == (["alarms"], [], [], ())
    done = run.carry_out(session, SERVICE, strategy, wanted(), commit="", ignore_alarms="it repairs them")
    assert (done.result, done.alarms_ignored, len(built.tags)) == ("succeeded", "it repairs them", 1)


@pytest.mark.parametrize("code", [ExitCode.LOCKED, ExitCode.REFUSED, ExitCode.FAILED])
def test_a_release_that_is_never_begun_resumes_what_it_suspended(session: Session, built: Any, code: ExitCode) -> None:
    """Also where a deployment that no release began came first: nobody else would."""
    scaling.suspend(session, SERVICE, SUSPENDED[:1])
    strategy = Scripted(start_fails=SitechatError("no", code=code))
    with pytest.raises(SitechatError, match="no"):
        run.carry_out(session, SERVICE, strategy, wanted(), commit="")
    assert suspended(session) == SUSPENDED[:1], "what a person suspended stays"
    expected = ["failed"] if code is ExitCode.FAILED else []
    assert [each.result for each in newest_releases(session)] == expected


def test_one_that_came_second_leaves_scaling_to_the_first(session: Session, built: Any) -> None:
    write_release(session, KILLED)
    scaling.suspend(session, SERVICE, SUSPENDED)
    mine = replace(begun(0), id=LATER)
    ending.close(session, SERVICE, mine)
    assert suspended(session) == SUSPENDED
    strategy = Scripted()
    with pytest.raises(SitechatError, match="begun at the same time") as caught:
        run.carry_out(session, SERVICE, strategy, wanted(), commit="")
    assert caught.value.code is ExitCode.LOCKED
    assert "both have withdrawn, and nothing is under way: run this again" in caught.value.hint
    assert strategy.did == ["alarms"]
    assert newest_releases(session) == (KILLED,)


@pytest.fixture
def following(session: Session, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Follow with a strategy; before each further look something happens."""

    def follow(strategy: Scripted, *happens: Any) -> Release | None:
        left = list(happens)

        def next_look(_: Session) -> None:
            left.pop(0)()

        monkeypatch.setattr(run, "find_service", lambda session: SERVICE)
        monkeypatch.setattr(run, "choose_strategy", lambda session, service: strategy)
        monkeypatch.setattr(run, "pause", next_look)
        found = run.follow_unfinished(session)
        assert left == []
        return found

    return follow


def test_a_release_whose_client_is_about_to_begin_is_waited_for(session: Session, following: Any) -> None:
    release = begun(0)
    write_release(session, release)
    strategy = Scripted([FAILED, FAILED, SUCCEEDED])
    with_it = replace(release, deployment="d-NEW")
    found = following(strategy, lambda: None, lambda: write_release(session, with_it))
    assert (found.result, found.deployment) == ("succeeded", "d-NEW")
    assert strategy.did == ["watch ", "watch ", "watch d-NEW", "alarms again"]


def test_one_that_is_known_by_its_revision_is_over_at_once(session: Session, following: Any) -> None:
    """Its client was killed before it wrote the deployment, which is over."""
    write_release(session, begun(0))
    assert following(Scripted([SUCCEEDED])).result == "succeeded"


def test_one_that_is_withdrawn_meanwhile_is_no_release(
    session: Session, following: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    release = begun(0)
    write_release(session, release)
    strategy = Scripted([FAILED])
    assert following(strategy, lambda: kept_releases(session).delete(release.id)) is None
    assert strategy.did == ["watch "]
    assert "was withdrawn: nothing of it was begun" in capsys.readouterr().err


def test_one_that_fails_to_begin_meanwhile_ends_as_its_own_client(session: Session, following: Any) -> None:
    release = begun(0)
    write_release(session, release)
    failed = replace(release, ended=stamp(now()), result="failed", error="AWS refused")
    with pytest.raises(SitechatError, match="failed: AWS refused") as caught:
        following(Scripted([FAILED]), lambda: write_release(session, failed))
    assert caught.value.code is ExitCode.FAILED
    assert newest_releases(session) == (failed,)


def test_one_whose_client_is_dead_is_not_waited_for(session: Session, following: Any) -> None:
    write_release(session, begun(600))
    with pytest.raises(SitechatError, match="no task started"):
        following(Scripted([FAILED]))
    assert [each.result for each in newest_releases(session)] == ["failed"]


def test_a_deployment_that_was_begun_is_found_at_once(session: Session, following: Any) -> None:
    write_release(session, begun(0))
    found = following(Scripted(brings=Started("d-NEW", KILLED.task_definition, "")))
    assert (found.result, found.deployment) == ("succeeded", "d-NEW")


FOLLOW = "sitechat releases --env"


@pytest.mark.parametrize(
    ("release", "strategy", "said"),
    [
        (KILLED, Scripted([FAILED]), f"release {KILLED.id} is over (failed), and its client was killed"),
        (KILLED, Scripted([RUNNING]), ""),
        (replace(KILLED, deployment=""), Scripted([FAILED]), ""),
        (RELEASE, Scripted([FAILED]), ""),
        (replace(KILLED, suspended=()), Scripted([FAILED]), ""),
        (KILLED, Scripted([FAILED], suspends=False), ""),
    ],
    ids=["over", "under way", "being begun", "ended", "nothing suspended", "rolling"],
)
def test_scaling_that_stays_suspended_is_told_and_nothing_changed(
    session: Session, release: Release, strategy: Scripted, said: str
) -> None:
    if not release.deployment:  # begun now, not when the tests were collected
        release = begun(0)
    write_release(session, release)
    scaling.suspend(session, SERVICE, SUSPENDED)
    found = find_left_suspended(session, SERVICE, strategy)
    assert (found is not None) == bool(said)
    if found is not None:
        assert found.what == f"scaling in and scheduled actions are suspended: {said}"
        assert found.command == f"{FOLLOW} {session.env_ref} --follow"
    assert newest_releases(session) == (release,)
    assert suspended(session) == SUSPENDED


def test_whoever_may_not_ask_is_told_of_a_release_without_an_end(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    strategy = Scripted()
    monkeypatch.setattr(strategy, "watch", _refused)
    write_release(session, KILLED)
    scaling.suspend(session, SERVICE, SUSPENDED)
    monkeypatch.setattr(run, "deployed_service", lambda session: SERVICE)
    monkeypatch.setattr(run, "choose_strategy", lambda session, service: strategy)
    (found,) = scaling_findings(session)
    assert (found.name, found.light) == ("scaling", "yellow")
    assert f"no end of release {KILLED.id} is recorded" in found.detail
    assert found.fix.startswith(f"`{FOLLOW}")
    scaling.resume(session, SERVICE, SUSPENDED)
    assert scaling_findings(session) == []


def _refused(started: Started) -> Any:
    raise SitechatError("AWS refused to describe the deployment", code=ExitCode.FAILED)


@pytest.mark.parametrize(("code", "told"), [(ExitCode.MISSING, 0), (ExitCode.FAILED, 1)])
def test_before_anything_is_deployed_there_is_nothing_to_tell(
    session: Session, monkeypatch: pytest.MonkeyPatch, code: ExitCode, told: int
) -> None:
    assert scaling_findings(session) == []

    def deployed(_: Session) -> Any:
        raise SitechatError("no state bucket", code=code)

    monkeypatch.setattr(run, "deployed_service", deployed)
    assert len(scaling_findings(session)) == told


@pytest.mark.parametrize("left", [{"alarms_ignored": "it repairs"}, {"taken_back": "ecs-svc/back"}, {}])
def test_alarms_count_as_configured_once_a_release_is_over(session: Session, left: dict[str, Any]) -> None:
    """Also for one that went with them: an apply meanwhile left new ones to its end."""
    strategy = Scripted()
    finish(session, SERVICE, strategy, replace(RELEASE, suspended=(), **left), SUCCEEDED)
    assert "alarms again" in strategy.did


def test_alarms_of_another_release_are_left_to_its_end(session: Session) -> None:
    """It may have begun without them."""
    write_release(session, replace(KILLED, id=LATER))
    strategy = Scripted()
    finish(session, SERVICE, strategy, replace(RELEASE, suspended=()), SUCCEEDED)
    assert strategy.did == []


@pytest.mark.parametrize(("watched", "kind", "heeded"), [(False, "rollback", False), (False, "release", True),
                                                         (True, "rollback", True)])  # fmt: skip
def test_a_rolling_rollback_heeds_no_alarm(
    session: Session, built: Any, watched: bool, kind: Any, heeded: bool
) -> None:
    """Neither one that is on as it begins, nor one that the tasks ring meanwhile which it takes out of service."""
    strategy = Scripted(watches_rollbacks=watched)
    done = run.carry_out(session, SERVICE, strategy, replace(wanted(), kind=kind), commit="")
    words = ["alarms", "start"] if heeded else ["alarms ignored", "start without alarms"]
    assert (done.alarms_ignored, strategy.did[:2], strategy.did[-1]) == ("", words, "alarms again")
