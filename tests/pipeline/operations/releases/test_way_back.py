"""Which releases `rollback` goes back to, and what is refused before anything is asked."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.releases import choosing
from pipeline.operations.releases import run as releases
from pipeline.operations.releases.definitions import Revision
from pipeline.operations.releases.record import Release, Result
from pipeline.operations.releases.records import write_release
from pipeline.session import Session, open_session
from tests.pipeline.operations.releases.doubles import ARN, DIGEST, SERVICE, Scripted, repository, revision
from tests.pipeline.operations.releases.test_record import RELEASE
from tests.pipeline.operations.support import Account, Run

RUNS, GONE = f"{ARN}:9", f"{ARN}:3"


def recorded(hour: int, result: Result = "succeeded", digest: str = DIGEST) -> Release:
    """A release of this hour, of a revision of its own."""
    return replace(
        RELEASE,
        id=f"20260115T{hour:02}0000Z-0123456789abcdef",
        result=result,
        digest=digest,
        task_definition=f"{ARN}:{hour}",
    )


@pytest.fixture
def session(account: Account, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session of a service that runs revision 9; every revision but the third is there."""
    session = open_session(str(account.file), needs_terraform=False)
    account.client("s3").create_bucket(Bucket=session.env.state_backend.bucket)

    def read(service: Any, arn: str) -> Revision:
        return revision(int(arn.rpartition(":")[2]))

    monkeypatch.setattr(choosing, "read_revision", read)
    monkeypatch.setattr(choosing, "find_revision", lambda service, arn: None if arn == GONE else read(service, arn))
    for each in (choosing, releases):
        monkeypatch.setattr(each, "find_repository", lambda session: repository(DIGEST))
    monkeypatch.setattr(choosing, "find_kept_image", lambda session, wanted, name: SimpleNamespace(digest=wanted))
    return session


DEPLOYED: Any = SimpleNamespace(**vars(SERVICE), running=RUNS, newest=RUNS, steady=True, misplaced=())


def choose(session: Session, wanted: str | None) -> choosing.Wanted:
    return choosing.choose_rollback(session, DEPLOYED, wanted)


def test_one_that_succeeded_is_gone_back_to(session: Session) -> None:
    write_release(session, recorded(4))
    found = choose(session, recorded(4).id)
    assert (found.revision, found.goes_to, found.runs_already) == (f"{ARN}:4", recorded(4).id, False)


def test_an_empty_id_is_not_taken_for_none(session: Session) -> None:
    write_release(session, replace(recorded(9), before=f"{ARN}:4"))
    assert choose(session, None).revision == f"{ARN}:4"
    with pytest.raises(SitechatError, match="has no release ''") as caught:
        choose(session, "")
    assert caught.value.code is ExitCode.USAGE


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ("failed", "it failed"),
        ("rolled back", "it was taken back"),
        ("replaced", "it was replaced by another"),
        ("begun", "it has no end yet"),
    ],
)
@pytest.mark.parametrize("named", ["latest", "id"])
def test_what_never_proved_to_run_is_refused_with_the_ways_back(
    session: Session, result: Result, said: str, named: str
) -> None:
    last = recorded(10, result)
    expired, present = recorded(8, digest=f"sha256:{'b' * 64}"), recorded(9)
    for each in (last, present, expired, recorded(7), recorded(6, "failed"), recorded(5), recorded(4), recorded(2)):
        write_release(session, each)
    with pytest.raises(SitechatError, match=f"no way back to release {last.id}: {said}") as caught:
        choose(session, last.id if named == "id" else named)
    assert caught.value.code is ExitCode.USAGE
    ways = ", ".join(f"`sitechat rollback {recorded(hour).id} --env {session.env_ref}`" for hour in (7, 5, 4))
    assert caught.value.hint == f"Those that succeeded can be gone back to, the newest first: {ways}."


def test_where_there_is_no_way_back_the_hint_leads_forward(session: Session) -> None:
    for each in (recorded(3), recorded(4, "failed")):
        write_release(session, each)
        with pytest.raises(SitechatError, match=r"it failed|it is deregistered") as caught:
            choose(session, each.id)
        assert caught.value.hint.startswith("None of those recorded can be gone back to: `sitechat release --env ")


def test_older_records_are_looked_at_too(session: Session) -> None:
    """What brought the present revision may be behind a page of those that failed since."""
    write_release(session, replace(recorded(0), task_definition=RUNS, before=f"{ARN}:4"))
    for minute in range(1, 26):
        failed = recorded(11, "failed")
        write_release(session, replace(failed, id=failed.id.replace("0000Z", f"{minute:02}00Z")))
    assert choose(session, None).revision == f"{ARN}:4"


@pytest.mark.parametrize(("reason", "length"), [("", 0), ("  ", 0), ("x" * 301, 301)])
def test_a_reason_that_says_nothing_or_too_much_is_refused(session: Session, reason: str, length: int) -> None:
    with pytest.raises(SitechatError, match=f"--ignore-alarms: a reason of {length} characters") as caught:
        releases.open_service(session, ignore_alarms=reason)
    assert caught.value.code is ExitCode.USAGE
    assert "1 to 300 characters" in caught.value.hint


@pytest.mark.parametrize("reason", ["it repairs\nthem", "it \x1b[31mrepairs them"])
def test_a_reason_is_one_line_that_a_terminal_only_shows(session: Session, reason: str) -> None:
    with pytest.raises(SitechatError, match="line breaks or control characters") as caught:
        releases.open_service(session, ignore_alarms=reason)
    assert caught.value.code is ExitCode.USAGE


def test_a_reason_is_kept_and_none_needed(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    strategy = Scripted()
    monkeypatch.setattr(releases, "find_service", lambda session: DEPLOYED)
    monkeypatch.setattr(releases, "choose_strategy", lambda session, service: strategy)
    assert releases.open_service(session, ignore_alarms="x" * 300) == (DEPLOYED, strategy)
    assert releases.open_service(session) == (DEPLOYED, strategy)


def test_rollback_ignores_alarms_for_a_reason_as_release_does(
    session: Session, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    """A rollback is what people want while an alarm is on."""
    given: list[str] = []
    strategy = Scripted(refuses=SitechatError("errors: on already", code=ExitCode.REFUSED))

    def opened(_: Session, ignore_alarms: str | None) -> Any:
        given.append(str(ignore_alarms))
        return DEPLOYED, strategy

    write_release(session, recorded(4))
    monkeypatch.setattr(releases, "open_service", opened)
    monkeypatch.setattr(releases, "to_suspend", lambda session, service: ())
    command = ("rollback", recorded(4).id, "--env", session.env_ref, "--json")
    refused = run(*command)
    assert refused.code == ExitCode.REFUSED
    assert json.loads(refused.out)["error"]["message"] == "errors: on already"
    done = run(*command, "--ignore-alarms", "the new one rings")
    assert done.code == 0, done.err
    assert json.loads(done.out)["release"]["alarms_ignored"] == "the new one rings"
    assert given == ["None", "the new one rings"]
