"""Runs for people: found by their id, told in words, and followed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.errors import ExitCode, SitechatError
from pipeline.terraform.runs.endings import NOT_BEGUN, Ending, kind_of_end
from pipeline.terraform.runs.log_text import Hiding, Tail, hide_secrets
from pipeline.terraform.runs.record import TIME, KeptProcess, KeptRun, kept_runs, time_text

LATEST = "latest"
LOOK_SECONDS = 0.3
# Runs that an error names, the newest ones.
NAMED_RUNS = 5
WORDS: dict[int, str] = {
    ExitCode.OK: "done",
    ExitCode.CHANGES: "done, and it found something",
    ExitCode.INTERRUPTED: "interrupted",
}


class Runs:
    """Runs of one environment, in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self) -> tuple[KeptRun, ...]:
        """All of them, the oldest first."""
        return tuple(kept_runs(self._folder))

    def find(self, wanted: str) -> KeptRun:
        """The run with this id, or that of an entry of the history, or "latest". Raises SitechatError (2) without."""
        found = {run.id: run for run in self.all()}
        of_entries = {run.entry: run.id for run in found.values() if run.entry}
        name = next(reversed(found), wanted) if wanted == LATEST else of_entries.get(wanted, wanted)
        if name not in found:
            newest = ", ".join(list(found)[-NAMED_RUNS:])
            hint = f"There are: {newest}." if found else "No command has started Terraform here yet."
            raise SitechatError(f"no run {wanted!r} of {self._folder.name}", hint=hint, code=ExitCode.USAGE)
        return found[name]

    def as_json(self, run: KeptRun, *, whole: bool = False, layer: str = "") -> dict[str, Any]:
        """A run as plain data; the `whole` has its processes and their logs, or those of one layer."""
        return run_json(run) | ({"processes": [process_json(each) for each in of_layer(run, layer)]} if whole else {})

    def line(self, run: KeptRun) -> str:
        """A run in a line: id, time it took, how it ended, command line."""
        seconds = seconds_taken(run)
        took = "" if seconds is None else f"{seconds // 60}:{seconds % 60:02}"
        return f"{run.id}  {took:>6}  {how_it_ended(run)}: {run.command}"

    def lines(self, run: KeptRun, layer: str = "") -> Iterator[str]:
        """Lines of its logs, or of one layer's, one process after the other."""
        for process in of_layer(run, layer):
            yield heading(process)
            yield log_text(process).rstrip("\n")

    def follow(self, run: KeptRun, show: Callable[[str], None], layer: str = "") -> KeptRun:
        """Show its lines, or one layer's, as they are printed, until nothing of it goes on; returns it then."""
        return follow_run(run, show, layer)


def of_layer(run: KeptRun, layer: str) -> list[KeptProcess]:
    """Processes of a run, or of one layer of it. Raises SitechatError (2) for a layer that the run didn't touch."""
    processes = list(run.processes())
    found = [each for each in processes if each.layer == layer]
    if layer and not found:
        there = ", ".join(dict.fromkeys(each.layer for each in processes))
        raise SitechatError(
            f"the run {run.id} started nothing for a layer {layer!r}",
            hint=f"It did for: {there}." if there else "It started no Terraform.",
            code=ExitCode.USAGE,
        )
    return found if layer else processes


def how_it_ended(run: KeptRun) -> str:
    """How a run ended, in words, or what it is doing."""
    if run.content.get("ended"):
        code = run.exit_code
        return "ended" if code is None else f"{WORDS.get(code, 'failed')} ({code})"
    if not run.here:
        return f"unknown: it began on {str(run.content.get('place') or 'another machine').split()[0]}"
    if run.alive:
        return "goes on"
    if run.going_on:
        return "killed; Terraform goes on without it"
    told = _ends(run.processes()) if run.ended else ""
    return f"killed; Terraform: {told}" if told else "killed"


def _ends(processes: Sequence[KeptProcess]) -> str:
    """How the processes of a killed run ended: each that didn't end well, else the last one."""
    over = [each for each in processes if each.outcome and each.outcome != NOT_BEGUN]
    bad = [each for each in over if kind_of_end(each, "", each.status) is not Ending.DONE]
    if bad:
        return "; ".join(f"{each.command} of {each.layer} {each.outcome}" for each in bad)
    return over[-1].outcome if over else ""


def seconds_taken(run: KeptRun) -> int | None:
    """Time from its beginning to its end, or until now for one that goes on; None where that isn't known."""
    ended = run.ended or (time_text() if run.going_on else "")
    return _seconds(run.begun, ended)


def run_json(run: KeptRun) -> dict[str, Any]:
    """A run as plain data."""
    return {
        "id": run.id,
        "command": run.command,
        "begun": run.begun,
        "ended": run.ended or None,
        "exit_code": run.exit_code,
        "killed": run.killed and not run.alive,
        "going_on": run.going_on,
        "how": how_it_ended(run),
        "seconds": seconds_taken(run),
    }


def process_json(process: KeptProcess) -> dict[str, Any]:
    """A process of a run as plain data, with its log."""
    return {
        "number": process.number,
        "layer": process.layer,
        "terraform": " ".join(process.words),
        "begun": process.begun,
        "ended": process.ended or None,
        "deadline": time_text(process.deadline),
        "status": process.status,
        "stopped": process.stopped,
        "outcome": process.outcome or ("goes on" if process.alive else ""),
        "log": log_text(process),
    }


def log_text(process: KeptProcess) -> str:
    """What a process printed so far, without secrets."""
    try:
        return hide_secrets(process.log.read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        return ""


def heading(process: KeptProcess) -> str:
    """The line above a process's log."""
    told = process.outcome or ("goes on" if process.alive else "its end was not seen")
    return f"== {process.layer}: {process.command}, begun {process.begun}: {told}"


def follow_run(run: KeptRun, show: Callable[[str], None], layer: str = "") -> KeptRun:
    """Show lines of a run as they are printed; see `Runs.follow`."""
    with ExitStack() as files:
        seen: dict[int, tuple[KeptProcess, Tail, Hiding]] = {}
        while True:
            going_on = (KeptRun.read(run.folder) or run).going_on
            for process in run.processes():
                if layer in ("", process.layer) and process.number not in seen and process.log.exists():
                    tail = Tail(process.log)
                    files.callback(tail.close)
                    seen[process.number] = process, tail, Hiding()
                    show(heading(process))
            for process, tail, hiding in seen.values():
                for line in hiding.lines(list(tail.lines(last=not going_on))):
                    show(f"{process.layer}: {line}")
            if not going_on:
                return KeptRun.read(run.folder) or run
            time.sleep(LOOK_SECONDS)


def _seconds(begun: str, ended: str) -> int | None:
    try:
        return int((datetime.strptime(ended, TIME) - datetime.strptime(begun, TIME)).total_seconds())
    except ValueError:
        return None
