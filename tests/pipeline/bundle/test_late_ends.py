"""The next command writes into the history how a killed one ended, by what its Terraform has left in the logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.aws.kept import Unreadable
from pipeline.bundle import late_ends
from pipeline.bundle.entry import Entry, LayerRecord
from pipeline.bundle.late_ends import finish_entries
from pipeline.session import Session
from pipeline.terraform.runs import ENTRY_NOTE, Run, Runs
from pipeline.terraform.runs.record import KeptRun, kept_runs
from pipeline.work import Work
from terraform_json.plan import Counts
from tests.support.environments import varied

ENTRY_ID = "20260115T120000Z-0123456789abcdef"
ONE = LayerRecord("waiting", "f" * 64, Counts(add=1))
ENTRY = Entry(
    id=ENTRY_ID,
    env="dev",
    account="222222222222",
    region="us-east-1",
    command="apply",
    begun="2026-01-15T12:00:00Z",
    role="deployer",
    session="ann",
    layers={"first": ONE, "second": ONE, "third": ONE},
)


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(varied("dev", account_id="222222222222"), "dev", Work(tmp_path), {}, Path("terraform"))


@pytest.fixture
def history(monkeypatch: pytest.MonkeyPatch) -> dict[str, Entry]:
    kept = {ENTRY_ID: ENTRY}
    gone = Unreadable(ENTRY_ID, "gone")
    monkeypatch.setattr(late_ends, "read_entries", lambda session, ids: tuple(kept.get(each, gone) for each in ids))
    monkeypatch.setattr(late_ends, "write_entry", lambda session, entry: kept.__setitem__(entry.id, entry))
    return kept


def kept_run(session: Session, ends: Mapping[str, tuple[str, int | None]], *, settled: bool = True) -> KeptRun:
    """A run that was killed after its Terraform had begun with these layers; `ends` are outcome and exit status."""
    folder = session.work.logs("dev")
    run = Run(folder, "dev")
    run.note(**{ENTRY_NOTE: ENTRY_ID})
    for layer, (told, status) in ends.items():
        run.process(layer, ("init",), 60).close(0, "done")
        run.process(layer, ("apply", "tfplan"), 60).close(status, told)
    (kept,) = kept_runs(folder)
    kept.write(process=[0, 0], **({"settled": "2026-01-15T13:00:00Z"} if settled else {}))
    return kept


def test_what_terraform_did_without_its_command_is_told(session: Session, history: dict[str, Entry]) -> None:
    done = "Apply complete! Resources: 1 added, 0 changed, 0 destroyed."
    kept_run(session, {"first": (done, 0), "second": ("failed: no", 1)})
    assert finish_entries(session) == (ENTRY_ID,)
    entry = history[ENTRY_ID]
    assert entry.result == "interrupted"
    assert {name: each.status for name, each in entry.layers.items()} == {
        "first": "done",
        "second": "begun",
        "third": "waiting",
    }
    assert entry.error == f"the command was killed. Terraform without it: first: {done}; second: failed: no"
    assert entry.ended > ENTRY.begun
    assert Runs(session.work.logs("dev")).find(ENTRY_ID).entry == ENTRY_ID
    assert finish_entries(session) == ()


def test_one_that_was_killed_before_it_applied_says_so(session: Session, history: dict[str, Entry]) -> None:
    kept_run(session, {"elsewhere": ("done", 0)})
    finish_entries(session)
    assert history[ENTRY_ID].error.endswith("had nothing to apply yet")
    assert history[ENTRY_ID].ended == "2026-01-15T13:00:00Z"


@pytest.mark.parametrize("why", ["going on", "has its end", "is gone"])
def test_others_are_left_as_they_are(session: Session, history: dict[str, Entry], why: str) -> None:
    kept_run(session, {"first": ("done", 0)}, settled=why != "going on")
    if why == "has its end":
        history[ENTRY_ID] = replace(ENTRY, ended="2026-01-15T12:30:00Z", result="failed")
    if why == "is gone":
        history.clear()
    before = dict(history)
    assert finish_entries(session) == ()
    assert history == before
