"""The history in the state bucket of the emulated AWS: written, listed, read by another session, and pruned."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.aws import kept
from pipeline.aws.kept import LIMIT_BYTES, Unreadable
from pipeline.bundle.entries import (
    delete_old_entries,
    entry_ids,
    entry_key,
    find_entry,
    read_entries,
    write_entry,
)
from pipeline.bundle.entry import Entry
from pipeline.errors import ExitCode, SitechatError
from pipeline.recovery.locks import find_locks
from pipeline.session import Session, open_session
from tests.pipeline.bundle.test_entry import ENTRY
from tests.pipeline.operations.support import Account

NOW = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def session(account: Account) -> Session:
    """A session of an environment of its own, whose account has a state bucket."""
    session = open_session(str(account.file), needs_terraform=False)
    account.client("s3").create_bucket(Bucket=session.env.state_backend.bucket)
    return session


def numbered(number: int, begun: datetime = NOW, **changes: object) -> Entry:
    return replace(ENTRY, id=f"{begun:%Y%m%dT%H%M%SZ}-{number:016x}", **changes)  # type: ignore[arg-type]


def put(session: Session, name: str, body: bytes) -> None:
    key = entry_key(session, "x").replace("x.json", name)
    session.client("s3").put_object(Bucket=session.env.state_backend.bucket, Key=key, Body=body)


def test_it_lies_beside_the_states(session: Session) -> None:
    env = session.env
    assert entry_key(session, "id") == f"{env.project}/{env.name}/history/id.json"
    assert entry_key(session, "id").startswith(env.state_backend.key("service", env.region).partition(env.region)[0])


def test_what_one_writes_another_reads_the_newest_first(session: Session, account: Account) -> None:
    assert entry_ids(session) == ()
    older, newer = numbered(2, NOW - timedelta(days=1)), numbered(1)
    for each in (newer, older):
        write_entry(session, replace(each, result="begun", ended=""))
        write_entry(session, each)
    elsewhere = open_session(str(account.file), needs_terraform=False)
    assert entry_ids(elsewhere) == (newer.id, older.id)
    assert read_entries(elsewhere, entry_ids(elsewhere)) == (newer, older)


def test_what_is_no_entry_is_named_or_left_out_and_hides_no_other(session: Session) -> None:
    write_entry(session, numbered(1))
    broken, large, gone = (numbered(number, NOW - timedelta(hours=number)).id for number in (2, 3, 4))
    put(session, f"{broken}.json", b"{}")
    put(session, f"{large}.json", b" " * (LIMIT_BYTES + 1))
    put(session, "notes.txt", b"")
    put(session, "other.json", b"")
    assert entry_ids(session) == (numbered(1).id, broken, large)
    first, *others = read_entries(session, [*entry_ids(session), gone])
    assert first == numbered(1)
    reasons = [(each.id, each.reason) for each in others if isinstance(each, Unreadable)]
    assert reasons == [
        (broken, "its format is None; this version reads 1"),
        (large, f"it is larger than {LIMIT_BYTES} bytes"),
        (gone, "it was deleted just now"),
    ]
    with pytest.raises(SitechatError, match="can't be read"):
        find_entry(session, broken)


def test_an_entry_under_the_name_of_another_is_not_taken_for_it(session: Session) -> None:
    put(session, f"{numbered(2).id}.json", numbered(1).stored())
    assert read_entries(session, entry_ids(session)) == (Unreadable(numbered(2).id, "it has the id of another one"),)


def test_one_is_found_by_its_id_by_a_bundle_s_or_as_the_latest(session: Session) -> None:
    of_apply = replace(numbered(1), id=f"20260114T000000Z-{'a' * 16}", bundles=(f"20260113T000000Z-{'a' * 16}",))
    of_deploy = numbered(2, bundles=("20260115T000000Z-" + "b" * 16, "20260115T000500Z-" + "c" * 16))
    for each in (of_apply, of_deploy):
        write_entry(session, each)
    assert find_entry(session, "latest") == of_deploy
    assert find_entry(session, of_apply.id) == find_entry(session, of_apply.bundles[0]) == of_apply
    assert find_entry(session, of_deploy.bundles[1]) == of_deploy
    with pytest.raises(SitechatError, match="no entry"):
        find_entry(session, f"20260113T000000Z-{'a' * 15}b")
    with pytest.raises(SitechatError, match="no entry 'nope'") as caught:
        find_entry(session, "nope")
    assert caught.value.code is ExitCode.USAGE


def test_too_old_and_too_many_go_and_nothing_else(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "KEPT_NUMBER", 3)
    young = [numbered(number, NOW - timedelta(days=number)) for number in range(5)]
    old = numbered(9, NOW - timedelta(days=kept.KEPT_DAYS, seconds=1))
    for each in (*young[:2], old):
        write_entry(session, each)
    put(session, "notes.txt", b"")
    assert delete_old_entries(session, NOW) == 1
    for each in young[2:]:
        write_entry(session, each)
    assert delete_old_entries(session, NOW) == 2
    assert entry_ids(session) == tuple(each.id for each in young[:3])
    assert delete_old_entries(session, NOW) == 0
    put(session, "kept.txt", b"")
    listed = session.client("s3").list_objects_v2(
        Bucket=session.env.state_backend.bucket, Prefix=entry_key(session, "x").removesuffix("x.json")
    )
    assert [each["Key"].rpartition("/")[2] for each in listed["Contents"]][-2:] == ["kept.txt", "notes.txt"]


def test_who_looks_for_locks_and_states_meets_no_entry(session: Session, account: Account) -> None:
    write_entry(session, ENTRY)
    account.client("dynamodb").create_table(
        TableName=session.env.state_backend.table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
    )
    assert find_locks(session) == ()


def test_without_a_bucket_bootstrap_is_named(account: Account) -> None:
    session = open_session(str(account.file), needs_terraform=False)
    client = session.client("s3")
    client.meta.events.register(
        "before-parameter-build.s3.ListObjectsV2", lambda params, **_: params.update(Bucket="nobody-has-it")
    )
    object.__setattr__(session, "client", lambda *given, **named: client)
    with pytest.raises(SitechatError) as caught:
        entry_ids(session)
    assert caught.value.code is ExitCode.MISSING
    assert "sitechat bootstrap --env" in caught.value.hint
