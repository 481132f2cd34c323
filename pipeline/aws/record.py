"""What every kept record has: whose it is, when it began and ended, and from which commit; and how one is read.

The kinds of record are a deployment's entry in the history (`pipeline/bundle/entry.py`) and a release
(`pipeline/operations/releases/record.py`). Whoever may read the states may read them: no record has a secret.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from config import Environment

FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class Record:
    """A record. Times are as manifests write them; `ended` is empty until the end is known.

    `dirty` says that uncommitted changes came with the commit.
    """

    id: str
    env: str
    account: str
    region: str
    begun: str
    role: str
    session: str
    ended: str = ""
    error: str = ""
    commit: str = ""
    dirty: bool = False
    format: int = FORMAT

    @property
    def who(self) -> str:
        """Role and session of whoever ran it."""
        return f"{self.role}, session {self.session}" if self.session else self.role

    @property
    def shown_commit(self) -> str:
        """The commit as people know it, with "+" where uncommitted changes came with it."""
        return f"{self.commit[:7]}{'+' if self.dirty else ''}" if self.commit else "no commit"

    def to_json(self) -> dict[str, Any]:
        """The record as plain data."""
        return asdict(self)


def of_this_run(env: Environment, caller: tuple[str, str], begun: str) -> dict[str, Any]:
    """Fields of a record that begins now: environment, place, time, and role and session of the caller."""
    role, name = caller
    place = {"env": env.name, "account": env.account_id, "region": env.region}
    return {**place, "begun": begun, "role": role, "session": name}


def of_commit(commit: str) -> dict[str, Any]:
    """Fields of a record about a commit as manifests have it, with "+" where uncommitted changes came with it."""
    return {"commit": commit.removesuffix("+"), "dirty": commit.endswith("+")}


def read_record(text: bytes, kind: type[Record], called: str) -> dict[str, Any]:
    """The fields of a stored record, which people know as `called`: only their names are checked.

    Raises ValueError, in words, for anything that isn't one of this format.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON") from None
    if not isinstance(data, dict):
        raise ValueError("it is no JSON object")
    if data.get("format") != FORMAT:
        raise ValueError(f"its format is {str(data.get('format'))[:20]}; this version reads {FORMAT}")
    if set(data) != {each.name for each in fields(kind)}:
        raise ValueError(f"it has other fields than {called}")
    return data
