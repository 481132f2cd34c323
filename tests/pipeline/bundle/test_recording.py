"""A run is recorded as begun, and finished at its end however it ends; and keeping history never fails it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.bundle import recording as recordings
from pipeline.bundle.entry import ADDRESSES, Command, Entry, bundle_digits
from pipeline.bundle.recording import PlannedWave, Recording, record_taken_back, recorded
from pipeline.errors import ExitCode, SitechatError
from pipeline.session import Session
from pipeline.work import Work
from terraform_json.plan import Counts
from tests.support.environments import varied

BUNDLE = "20260115T120000Z-0123456789abcdef"
SECRET = "hunter2hunter2"


class Account(Session):
    """A session whose STS names the caller."""

    def client(self, service: str, region: str | None = None, *, read_seconds: int | None = None) -> Any:
        assert service == "sts"
        arn = "arn:aws:sts::222222222222:assumed-role/deployer/ann@example.com"
        return SimpleNamespace(get_caller_identity=lambda: {"Arn": arn})


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Account(varied("dev", account_id="222222222222"), "dev", Work(tmp_path), {}, Path("terraform"))


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Entry]:
    """Entries in the order in which they are written."""
    found: list[Entry] = []
    monkeypatch.setattr(recordings, "write_entry", lambda session, entry: found.append(entry))
    monkeypatch.setattr(recordings, "delete_old_entries", lambda session, today: 0)
    return found


def change(address: str, *actions: str) -> dict[str, Any]:
    values = {"before": {"password": SECRET}, "after": {"password": SECRET}}
    return {"address": address, "type": address.partition(".")[0], "change": {"actions": [*actions], **values}}


def wave(*names: str, bundle: str = BUNDLE, resources: int = 1, commit: str = "c" * 40) -> PlannedWave:
    changes = [change(f"aws_vpc.n{number:03}", "create") for number in range(resources)]
    plan = {"resource_changes": [*changes, change("aws_sqs_queue.old", "delete")]}
    return PlannedWave(
        bundle, commit, dict.fromkeys(names, plan), dict.fromkeys(names, "f" * 64), {"terraform": "1.11.4"}
    )


def test_it_is_begun_before_anything_changes_and_finished_at_the_end(session: Session, written: list[Entry]) -> None:
    with Recording(session, "apply") as kept:
        kept.begin(lambda: wave("first", "second"))
        kept.mark("first", "begun")
        assert [(each.result, each.ended) for each in written] == [("begun", "")]
        kept.mark("first", "done")
        kept.mark("second", "done")
    begun, ended = written
    assert begun.id == ended.id
    assert bundle_digits(begun.id) == bundle_digits(BUNDLE)
    assert (ended.result, ended.error, ended.bundles) == ("succeeded", "", (BUNDLE,))
    assert (ended.role, ended.session) == ("deployer", "ann")
    assert ended.counts == Counts(add=2, destroy=2)
    assert ended.addresses[:2] == (("destroy", "first/aws_sqs_queue.old"), ("add", "first/aws_vpc.n000"))
    assert (ended.commit, ended.dirty) == ("c" * 40, False)
    assert SECRET.encode() not in ended.stored()
    assert b"@" not in ended.stored()


def raised(error: BaseException) -> Callable[[], Any]:
    def fail() -> None:
        raise error

    return fail


def cut_off(session: Session, command: Command, error: BaseException, work: Callable[[Recording], None]) -> None:
    """A run that does some work and then ends with an error."""
    with Recording(session, command) as kept:
        work(kept)
        raise error


@pytest.mark.parametrize(
    ("error", "result", "told"),
    [
        (SitechatError("second: no", code=ExitCode.FAILED), "failed", "second: no"),
        (SitechatError("locked", code=ExitCode.LOCKED), "failed", "locked"),
        (SitechatError("stopped before", code=ExitCode.INTERRUPTED), "interrupted", "stopped before"),
        (KeyboardInterrupt("ended by SIGTERM"), "interrupted", "ended by SIGTERM"),
        (ValueError("a bug"), "failed", "a bug"),
    ],
)
def test_a_run_that_fails_says_where_it_was(
    session: Session, written: list[Entry], error: BaseException, result: str, told: str
) -> None:
    def work(kept: Recording) -> None:
        kept.begin(lambda: wave("first", "second", "third"))
        kept.mark("first", "done")
        kept.mark("second", "begun")

    with pytest.raises(type(error)):
        cut_off(session, "deploy", error, work)
    assert (written[-1].result, written[-1].error) == (result, told)
    assert {name: each.status for name, each in written[-1].layers.items()} == {
        "first": "done",
        "second": "begun",
        "third": "waiting",
    }
    assert written[-1].changed_layers == ("first",)


def test_waves_of_one_deployment_are_one_entry(session: Session, written: list[Entry]) -> None:
    with Recording(session, "deploy") as kept:
        kept.begin(lambda: wave("first"))
        kept.mark("first", "done")
        with recorded(kept, session, "apply") as same:
            assert same is kept
            same.begin(lambda: wave("second", bundle="b2", commit="d" * 40 + "+"))
            same.mark("second", "done")
        kept.look(lambda: wave("third", bundle="b3"))
    assert len({each.id for each in written}) == 1
    assert [each.bundles for each in written] == [(BUNDLE,), (BUNDLE, "b2"), (BUNDLE, "b2")]
    assert written[1].dirty
    assert tuple(written[-1].layers) == ("first", "second", "third")
    assert bundle_digits(written[-1].id) != bundle_digits(BUNDLE)


def test_more_addresses_than_are_kept_are_counted(session: Session, written: list[Entry]) -> None:
    with Recording(session, "deploy") as kept:
        kept.begin(lambda: wave("first", resources=150))
        kept.begin(lambda: wave("second", resources=150))
    assert len(written[-1].addresses) == ADDRESSES
    assert written[-1].more_addresses == 302 - ADDRESSES


def test_what_was_refused_before_it_began_leaves_nothing(session: Session, written: list[Entry]) -> None:
    refusal = SitechatError("no", code=ExitCode.REFUSED)
    with pytest.raises(SitechatError):
        cut_off(session, "deploy", refusal, lambda kept: kept.look(lambda: wave("first")))
    with Recording(session, "apply"):
        pass
    assert written == []


def test_a_deployment_that_finds_nothing_to_change_is_one(session: Session, written: list[Entry]) -> None:
    with Recording(session, "deploy") as kept:
        kept.look(lambda: wave("first"))
    (entry,) = written
    assert (entry.result, entry.layers["first"].status) == ("succeeded", "done")


def test_what_goes_wrong_is_told_in_one_line_and_fails_nothing(
    session: Session, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(session: Session, entry: Entry) -> None:
        raise SitechatError("AWS refused to write the history: AccessDenied", code=ExitCode.FAILED)

    monkeypatch.setattr(recordings, "write_entry", refuse)
    with Recording(session, "apply") as kept:
        kept.begin(lambda: wave("first"))
        kept.begin(raised(RuntimeError("no versions")))
        kept.mark("first", "done")
        kept.mark("unknown", "done")
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "  history: this run isn't recorded as it should be: AWS refused to write the history: AccessDenied"
    ]


def test_the_error_of_the_run_is_not_replaced(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordings, "write_entry", lambda session, entry: raised(RuntimeError("history"))())
    error = SitechatError("the run", code=ExitCode.FAILED)
    with pytest.raises(SitechatError, match="the run"):
        cut_off(session, "apply", error, lambda kept: kept.begin(lambda: wave("first")))


def test_a_first_write_that_fails_is_made_good_at_the_end(
    session: Session, written: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [RuntimeError("busy"), None]

    def write(session: Session, entry: Entry) -> None:
        if (answer := answers.pop(0)) is not None:
            raise answer
        written.append(entry)

    monkeypatch.setattr(recordings, "write_entry", write)
    with pytest.raises(ValueError, match="x"):
        cut_off(session, "apply", ValueError("x"), lambda kept: kept.begin(lambda: wave("first")))
    assert [each.result for each in written] == ["failed"]


def test_whoever_sts_does_not_name_is_unknown(
    session: Session, written: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.exceptions import NoCredentialsError

    sts = SimpleNamespace(get_caller_identity=raised(NoCredentialsError()))
    monkeypatch.setattr(Account, "client", lambda self, service: sts)
    with Recording(session, "apply") as kept:
        kept.begin(lambda: wave("first"))
    assert (written[-1].role, written[-1].session) == ("unknown", "")


@pytest.mark.parametrize(("code", "result"), [(ExitCode.FAILED, "failed"), (ExitCode.INTERRUPTED, "succeeded")])
def test_a_deployment_that_ecs_takes_back_afterwards_is_written_into_the_entry(
    session: Session, written: list[Entry], monkeypatch: pytest.MonkeyPatch, code: ExitCode, result: str
) -> None:
    with Recording(session, "apply") as kept:
        kept.begin(lambda: wave("service"))
        kept.mark("service", "done")
    monkeypatch.setattr(recordings, "read_entries", lambda session, ids: tuple(e for e in written[-1:] if e.id in ids))
    record_taken_back(session, SitechatError("the circuit breaker was triggered", code=code))
    assert written[-1].result == result
    if result == "failed":
        assert written[-1].error == "applied; then: the circuit breaker was triggered"
        assert written[-1].layers["service"].status == "done"


def test_where_nothing_was_recorded_nothing_is_corrected(session: Session, written: list[Entry]) -> None:
    record_taken_back(session, SitechatError("no", code=ExitCode.FAILED))
    assert written == []


def test_an_entry_that_cannot_be_corrected_is_told(
    session: Session, written: list[Entry], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Recording(session, "apply") as kept:
        kept.begin(lambda: wave("service"))
    monkeypatch.setattr(recordings, "read_entries", lambda session, ids: raised(OSError("gone"))())
    record_taken_back(session, SitechatError("no", code=ExitCode.FAILED))
    assert "history: this run isn't recorded as it should be" in capsys.readouterr().err
