"""The history of an environment, beside its states: objects `PROJECT/ENV/history/ID.json` in the state bucket.

So whoever may read the states sees it, from any machine and from CI; the bucket encrypts it with the states' key.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pipeline.aws.kept import ID, KeptRecords, Unreadable
from pipeline.bundle.entry import Entry, bundle_digits, parse_entry
from pipeline.errors import ExitCode, SitechatError
from pipeline.session import Session

FOLDER = "history"
LATEST = "latest"
# Entries that are read to find the one of a bundle.
_SEARCHED = 50


def entry_key(session: Session, entry_id: str) -> str:
    """Key of an entry in the state bucket."""
    return _kept(session).key(entry_id)


def write_entry(session: Session, entry: Entry) -> None:
    """Store an entry, in place of the same one at its beginning. Raises SitechatError (3, 6)."""
    _kept(session).write(entry.id, entry.stored())


def delete_old_entries(session: Session, today: datetime) -> int:
    """Delete entries that are too many or too old (pipeline/aws/kept.py); return how many. Raises SitechatError (6)."""
    return _kept(session).delete_old(today)


def entry_ids(session: Session) -> tuple[str, ...]:
    """Ids of all entries, the newest first. Raises SitechatError: 3 without a state bucket, 6 for no answer."""
    return _kept(session).ids()


def read_entries(session: Session, ids: Sequence[str]) -> tuple[Entry | Unreadable, ...]:
    """Read these entries, in their order. Raises SitechatError (6) when the state bucket can't be asked."""
    found = zip(ids, _kept(session).read(ids), strict=True)
    return tuple(each if isinstance(each, Unreadable) else _parsed(entry_id, each) for entry_id, each in found)


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


def _parsed(entry_id: str, text: bytes) -> Entry | Unreadable:
    try:
        entry = parse_entry(text)
    except ValueError as error:
        return Unreadable(entry_id, str(error))
    return entry if entry.id == entry_id else Unreadable(entry_id, "it has the id of another one")


def _kept(session: Session) -> KeptRecords:
    return session.kept_records(FOLDER, "the history")
