"""Ends of entries whose command was killed: what became of its Terraform is in the logs of the machine it ran on."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from pipeline.aws.kept import Unreadable, error_line
from pipeline.bundle.entries import read_entries, write_entry
from pipeline.bundle.entry import Entry
from pipeline.session import Session
from pipeline.terraform.runs import Runs
from pipeline.terraform.runs.record import ENTRY_ENDED, KeptProcess, KeptRun

# Terraform's commands that change a layer.
_CHANGING = ("apply", "destroy")


def finish_entries(session: Session) -> tuple[str, ...]:
    """Write the ends of entries that killed commands of this machine have left as begun; returns their ids.

    Raises SitechatError (6) when the state bucket can't be asked.
    """
    finished = []
    for run in Runs(session.work.logs(session.env.name)).all():
        if not (run.entry and run.killed and run.ended) or run.entry_ended:
            continue
        (entry,) = read_entries(session, [run.entry])
        if not isinstance(entry, Unreadable) and not entry.ended:
            write_entry(session, with_late_end(entry, run))
            finished.append(entry.id)
        with suppress(OSError):  # it is looked at again then, and has its end
            run.write(**{ENTRY_ENDED: True})
    return tuple(finished)


def with_late_end(entry: Entry, run: KeptRun) -> Entry:
    """The entry as interrupted, with what the logs of its run say became of each layer."""
    changing = [each for each in run.processes() if each.command in _CHANGING and each.layer in entry.layers]
    layers = dict(entry.layers)
    for process in changing:
        layers[process.layer] = replace(layers[process.layer], status="done" if process.status == 0 else "begun")
    ended = max((each.ended for each in changing if each.ended), default=run.ended)
    return replace(entry, ended=ended, result="interrupted", layers=layers, error=_told(changing))


def _told(changing: list[KeptProcess]) -> str:
    ends = "; ".join(f"{each.layer}: {each.outcome}" for each in changing)
    return error_line(Exception(f"the command was killed. Terraform without it: {ends or 'had nothing to apply yet'}"))
