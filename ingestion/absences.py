"""Pages that the ledger knows and a run's list doesn't name: which have vanished, and which may still be there."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingestion.ledger import VANISHED, Entry


@dataclass(frozen=True)
class Absences:
    """Pages that have vanished, those that weren't seen and stay, and those that are seen again."""

    vanished: tuple[Entry, ...] = ()
    unseen: tuple[Entry, ...] = ()
    back: tuple[Entry, ...] = ()


def absences(
    known: Iterable[Entry], listed: Collection[str], *, complete: bool, now: datetime, unseen_days: int
) -> Absences:
    """Judge the pages of a source by the ids in its list.

    A complete list makes what it doesn't name vanish at once. A list that isn't complete says nothing of what it
    doesn't name: those pages stay, for `unseen_days` from the first such list on, so that a page that fails for ever
    doesn't keep for ever what was behind it. The first such list takes none away, however seldom there are runs.
    """
    found = [each for each in known if each.state != VANISHED]
    absent = [each for each in found if each.page not in listed]
    gone = [each for each in absent if complete or _is_over(each, now, unseen_days)]
    pages = {each.page for each in gone}
    return Absences(
        vanished=tuple(gone),
        unseen=tuple(each for each in absent if each.page not in pages),
        back=tuple(each for each in found if each.page in listed and each.unseen),
    )


def _is_over(entry: Entry, now: datetime, days: int) -> bool:
    return bool(entry.unseen) and datetime.fromisoformat(entry.unseen) + timedelta(days=days) <= now
