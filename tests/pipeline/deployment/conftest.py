"""Deployments of these tests write no history; what they would write is here to be looked at."""

from __future__ import annotations

import pytest

from pipeline.bundle import recording
from pipeline.bundle.entry import Entry
from pipeline.session import Session


@pytest.fixture(autouse=True)
def history(monkeypatch: pytest.MonkeyPatch) -> list[Entry]:
    """Entries in the order in which they are written."""
    written: list[Entry] = []
    monkeypatch.setattr(recording, "write_entry", lambda session, entry: written.append(entry))
    monkeypatch.setattr(recording, "delete_old_entries", lambda session, today: 0)
    monkeypatch.setattr(Session, "caller", lambda self: ("deployer", "ann"))
    return written
