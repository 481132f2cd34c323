"""Record a run in the environment's history while it goes on: as begun before it changes anything, and at its end.

Keeping history never fails a run: what can't be written is told in one line.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any

from pipeline.aws.kept import error_line
from pipeline.aws.record import of_commit, of_this_run
from pipeline.bundle.entries import delete_old_entries, read_entries, write_entry
from pipeline.bundle.entry import (
    ADDRESSES,
    Command,
    Entry,
    LayerRecord,
    LayerStatus,
    Result,
    changed_addresses,
    entry_id,
)
from pipeline.bundle.late_ends import finish_entries
from pipeline.clock import now, stamp
from pipeline.console import err
from pipeline.errors import ExitCode, SitechatError
from pipeline.session import Session
from pipeline.terraform.runs import ENTRY_NOTE
from terraform_json.plan import count, resource_changes


@dataclass(frozen=True)
class PlannedWave:
    """What a wave of a run is to change: plans by layer, the hash of each layer's files, and where they come from.

    `bundle` is empty, and so are the hashes, where layers are destroyed. `commit` is as manifests have it.
    """

    bundle: str
    commit: str
    plans: Mapping[str, Mapping[str, Any]]
    sha256: Mapping[str, str]
    versions: Mapping[str, str]
    left: tuple[str, ...] = ()


class Recording(AbstractContextManager["Recording"]):
    """One run's entry. `begin` writes it; the end of the context finishes it, with the error that ends the run.

    Nothing is written of a run that never began, such as one that was refused, unless it ended well: then it found
    everything as configured. Methods are safe to call from several threads.
    """

    def __init__(self, session: Session, command: Command) -> None:
        self._session = session
        self._command: Command = command
        self._entry: Entry | None = None
        self._written = False
        self._warned = False
        self._lock = threading.Lock()

    def begin(self, wave: Callable[[], PlannedWave]) -> None:
        """Add a wave that is about to be applied, and write the entry."""
        if self._entry is None:
            self._keep(lambda: finish_entries(self._session))
        self._keep(lambda: self._add(wave(), "waiting"))
        self._keep(self._write)

    def look(self, wave: Callable[[], PlannedWave]) -> None:
        """Add a wave that has nothing to apply."""
        self._keep(lambda: self._add(wave(), "done"))

    def mark(self, layer: str, status: LayerStatus) -> None:
        """Note how far a layer is; it is written with the next wave, or at the end."""
        with self._lock:
            if self._entry is not None and layer in self._entry.layers:
                marked = replace(self._entry.layers[layer], status=status)
                self._entry = replace(self._entry, layers={**self._entry.layers, layer: marked})

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._entry is None or not (self._written or self._warned or error is None):
            return
        self._keep(lambda: self._finish(error))

    def _finish(self, error: BaseException | None) -> None:
        if self._entry is not None:
            told = "" if error is None else error_line(error)
            self._entry = replace(self._entry, ended=stamp(now()), result=_result(error), error=told)
            self._write()
            delete_old_entries(self._session, now())

    def _add(self, wave: PlannedWave, status: LayerStatus) -> None:
        with self._lock:
            entry = self._entry or self._first(wave)
            found = [each for name, plan in wave.plans.items() for each in changed_addresses(name, _by_kind(plan))]
            addresses = (*entry.addresses, *found)
            self._entry = replace(
                entry,
                **of_commit(wave.commit),
                bundles=(*entry.bundles, wave.bundle) if wave.bundle and status != "done" else entry.bundles,
                layers={**entry.layers, **dict(_records(wave, status))},
                addresses=addresses[:ADDRESSES],
                more_addresses=entry.more_addresses + max(0, len(addresses) - ADDRESSES),
                left=wave.left,
                versions=dict(wave.versions),
            )

    def _first(self, wave: PlannedWave) -> Entry:
        begun = now()
        bundle = wave.bundle if self._command == "apply" else ""
        fields = of_this_run(self._session.env, self._session.caller(), stamp(begun))
        return Entry(id=entry_id(begun, bundle), command=self._command, **fields)

    def _write(self) -> None:
        if self._entry is not None:
            write_entry(self._session, self._entry)
            self._written = True
            self._session.run.note(**{ENTRY_NOTE: self._entry.id})

    def _keep(self, work: Callable[[], object]) -> None:
        """Do a part of keeping history. Whatever goes wrong is told once, and changes nothing for the run."""
        try:
            work()
        except Exception as error:
            if not self._warned:
                err.print(f"  history: this run isn't recorded as it should be: {error_line(error)}", markup=False)
            self._warned = True


def recorded(recording: Recording | None, session: Session, command: Command) -> AbstractContextManager[Recording]:
    """The recording of a run that is under way already, or a new one that ends with the context."""
    return Recording(session, command) if recording is None else nullcontext(recording)


def record_taken_back(session: Session, error: SitechatError) -> None:
    """Write into this run's entry, which has its end by then, that the service didn't become what it applied.

    What can't be written is told in one line.
    """
    entry_id = session.run.noted(ENTRY_NOTE)
    if not entry_id or error.code is not ExitCode.FAILED:
        return
    try:
        (entry,) = read_entries(session, [entry_id])
        if isinstance(entry, Entry):
            told = error_line(Exception(f"applied; then: {error}"))
            write_entry(session, replace(entry, ended=stamp(now()), result="failed", error=told))
    except Exception as problem:
        err.print(f"  history: this run isn't recorded as it should be: {error_line(problem)}", markup=False)


def _records(wave: PlannedWave, status: LayerStatus) -> Iterable[tuple[str, LayerRecord]]:
    for name, plan in wave.plans.items():
        yield name, LayerRecord(status, wave.sha256.get(name, ""), count(plan))


def _by_kind(plan: Mapping[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for address, _, kind in resource_changes(plan):
        found.setdefault(kind, []).append(address)
    return found


def _result(error: BaseException | None) -> Result:
    if error is None:
        return "succeeded"
    ended_by_hand = isinstance(error, SitechatError) and error.code is ExitCode.INTERRUPTED
    return "interrupted" if ended_by_hand or not isinstance(error, Exception) else "failed"
