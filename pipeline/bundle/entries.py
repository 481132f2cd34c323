"""The history of an environment, beside its states: objects `PROJECT/ENV/history/ID.json` in the state bucket.

So whoever may read the states sees it, from any machine and from CI; the bucket encrypts it with the states' key.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pipeline.aws import NoAnswer, asked, asked_for, failed_to
from pipeline.bundle.entry import ID, LIMIT_BYTES, Entry, bundle_digits, parse_entry
from pipeline.clock import stamp
from pipeline.errors import ExitCode, SitechatError
from pipeline.session import Session

FOLDER = "history"
LATEST = "latest"
# What is kept. Older entries, and those beyond the newest, are deleted when one is written; the bucket keeps
# deleted versions for `state.noncurrent_days`.
KEPT_ENTRIES = 500
KEPT_DAYS = 400
# Entries that are read to find the one of a bundle.
_SEARCHED = 50
_READERS = 8


@dataclass(frozen=True)
class Unreadable:
    """An entry that can't be read, with the reason."""

    id: str
    reason: str


def entry_key(session: Session, entry_id: str) -> str:
    """Key of an entry in the state bucket."""
    return f"{_prefix(session)}{entry_id}.json"


def write_entry(session: Session, entry: Entry) -> None:
    """Store an entry, in place of the same one at its beginning. Raises SitechatError (6)."""
    asked(
        _s3(session).put_object,
        otherwise=failed_to("write the history"),
        **_bucket(session),
        Key=entry_key(session, entry.id),
        Body=entry.stored(),
        ContentType="application/json",
    )


def delete_old_entries(session: Session, today: datetime) -> int:
    """Delete entries beyond the newest KEPT_ENTRIES, and those older than KEPT_DAYS; return how many.

    Raises SitechatError (6).
    """
    old = _too_old(entry_ids(session), today)
    for first in range(0, len(old), 1000):  # as many as S3 deletes in one request
        doomed = [{"Key": entry_key(session, each)} for each in old[first : first + 1000]]
        answer = asked(
            _s3(session).delete_objects,
            otherwise=failed_to("delete old entries of the history"),
            **_bucket(session),
            Delete={"Objects": doomed, "Quiet": True},
        )
        if refused := answer.get("Errors"):
            code = str(refused[0].get("Code", ""))
            raise failed_to("delete old entries of the history")(NoAnswer(code or "an error", "", "", "", ""))
    return len(old)


def entry_ids(session: Session) -> tuple[str, ...]:
    """Ids of all entries, the newest first. Raises SitechatError: 3 without a state bucket, 6 for no answer."""
    pages, prefix = _s3(session).get_paginator("list_objects_v2"), _prefix(session)
    answers = asked(
        lambda: list(pages.paginate(**_bucket(session), Prefix=prefix)),
        known={"NoSuchBucket": _no_bucket(session)},
        otherwise=failed_to("list the history"),
    )
    names = (each["Key"].removeprefix(prefix) for page in answers for each in page.get("Contents", ()))
    found = (name.removesuffix(".json") for name in names if name.endswith(".json"))
    return tuple(sorted(filter(ID.fullmatch, found), reverse=True))


def read_entries(session: Session, ids: Sequence[str]) -> tuple[Entry | Unreadable, ...]:
    """Read these entries, in their order. Raises SitechatError (6) when the state bucket can't be asked."""
    if not ids:
        return ()
    client = _s3(session)
    with ThreadPoolExecutor(min(_READERS, len(ids))) as pool:
        return tuple(pool.map(lambda each: _read(session, client, each), ids))


def find_entry(session: Session, wanted: str) -> Entry:
    """The entry with this id, or of the bundle with it, or the "latest" one.

    Raises SitechatError: 2 when there is none, 3 without a state bucket, 6 when it can't be asked or read.
    """
    ids = entry_ids(session)
    chosen = ids[0] if wanted == LATEST and ids else wanted
    if chosen not in ids and ID.fullmatch(wanted):
        alike = [each for each in ids if bundle_digits(each) == bundle_digits(wanted)]
        chosen = _of_bundle(session, alike, wanted) or _of_bundle(session, ids[:_SEARCHED], wanted)
    if chosen not in ids:
        raise SitechatError(
            f"the history of {session.env.name} has no entry {wanted!r}",
            hint="See what there is with `sitechat history`." if ids else "Nothing of it is recorded yet.",
            code=ExitCode.USAGE,
        )
    (entry,) = read_entries(session, [chosen])
    if isinstance(entry, Unreadable):
        raise SitechatError(f"the entry {entry.id} can't be read: {entry.reason}", code=ExitCode.FAILED)
    return entry


def _of_bundle(session: Session, ids: Sequence[str], bundle: str) -> str:
    """Id of the newest of these entries that has the bundle; empty when none has."""
    read = read_entries(session, ids)
    return next((each.id for each in read if isinstance(each, Entry) and bundle in each.bundles), "")


def _read(session: Session, client: Any, entry_id: str) -> Entry | Unreadable:
    def get() -> bytes | None:
        answer = client.get_object(**_bucket(session), Key=entry_key(session, entry_id))
        return None if answer["ContentLength"] > LIMIT_BYTES else bytes(answer["Body"].read())

    gone = Unreadable(entry_id, "it was deleted just now")
    try:
        found = asked_for(lambda: (get(),), absent=("NoSuchKey", "404"), otherwise=failed_to("read the history"))
        if found is None:
            return gone
        if found[0] is None:
            return Unreadable(entry_id, f"it is larger than {LIMIT_BYTES} bytes")
        entry = parse_entry(found[0])
    except ValueError as error:
        return Unreadable(entry_id, str(error))
    return entry if entry.id == entry_id else Unreadable(entry_id, "it has the id of another one")


def _too_old(ids: Collection[str], today: datetime) -> list[str]:
    """Ids to delete, of ids in their order, the newest first."""
    last = stamp(today - timedelta(days=KEPT_DAYS)).replace("-", "").replace(":", "")
    return [each for number, each in enumerate(ids) if number >= KEPT_ENTRIES or each.partition("-")[0] < last]


def _prefix(session: Session) -> str:
    state = session.env.state_backend
    return f"{state.project}/{state.env}/{FOLDER}/"


def _bucket(session: Session) -> dict[str, Any]:
    return {"Bucket": session.env.state_backend.bucket, "ExpectedBucketOwner": session.env.account_id}


def _s3(session: Session) -> Any:
    return session.client("s3", session.env.state_backend.region)


def _no_bucket(session: Session) -> SitechatError:
    return SitechatError(
        f"{session.env.name} has no state bucket, which would keep its history",
        hint=f"Create it with `sitechat bootstrap --env {session.env_ref}`.",
        code=ExitCode.MISSING,
    )
