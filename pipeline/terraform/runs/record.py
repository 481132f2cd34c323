"""Runs as they are kept: `.sitechat/logs/ENV/RUN/run.json`, and `NN-LAYER-COMMAND.json` and `.log` a Terraform process.

A run is one `sitechat` command that started Terraform. While a process goes on, files of the keeper stand beside its
own: `.pids`, `.end` and, once it was asked to stop, `.stop`. What ends well folds them into the `.json`.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.terraform.runs.keeper import END, PIDS
from pipeline.terraform.runs.pids import NOBODY, Pid, read_pid, this_place
from pipeline.work import PRIVATE_FILE, write_private_json

RUN_FILE = "run.json"
STOP, LOG, RECORD = ".stop", ".log", ".json"
# Key of a run's record under which the entry of the history stands that the run began.
ENTRY_NOTE = "entry"
ENTRY_ENDED = "entry_ended"
# Time in seconds in which a keeper that was started has surely written its file.
STARTING_SECONDS = 3
TIME = "%Y-%m-%dT%H:%M:%SZ"


def time_text(seconds: float | None = None) -> str:
    """A time (seconds since 1970, by default now) as records write it, in UTC."""
    return time.strftime(TIME, time.gmtime(seconds))


@dataclass(frozen=True)
class KeptProcess:
    """One Terraform process of a run; its files are `stem` with their endings. Read anew each time it is asked."""

    stem: Path
    number: int
    layer: str
    words: tuple[str, ...]
    begun: str
    limit_seconds: float
    deadline: float
    total: int = 0

    @classmethod
    def read(cls, path: Path) -> KeptProcess | None:
        """The process of a `.json`; None for a file that can't be read."""
        try:
            found = json.loads(path.read_bytes())
            return cls(
                path.with_suffix(""),
                int(found["number"]),
                str(found["layer"]),
                tuple(map(str, found["words"])),
                str(found["begun"]),
                float(found["limit_seconds"]),
                float(found["deadline"]),
                int(found["total"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, **more: object) -> None:
        """Write the `.json`, with `more` of what is known in the end."""
        write_private_json(
            self._file(RECORD),
            {
                "number": self.number,
                "layer": self.layer,
                "words": list(self.words),
                "begun": self.begun,
                "limit_seconds": self.limit_seconds,
                "deadline": self.deadline,
                "deadline_at": time_text(self.deadline),
                "total": self.total,
            }
            | more,
        )

    @property
    def command(self) -> str:
        """Terraform's command: the first word, or two of `state`."""
        return " ".join(self.words[: 2 if self.words[0] == "state" else 1])

    @property
    def log(self) -> Path:
        """What it printed."""
        return self._file(LOG)

    @property
    def alive(self) -> bool:
        """Whether the program goes on, or is about to begin."""
        if self.status is not None or self._ended:
            return False
        keeper, program = self._pids()
        if keeper == NOBODY:
            return time.time() - self._age_from < STARTING_SECONDS
        return program.alive or keeper.alive

    @property
    def begun_at_all(self) -> bool:
        """Whether a keeper was there, or printed anything."""
        return self._pids()[0] != NOBODY or (self.log.exists() and self.log.stat().st_size > 0)

    @property
    def status(self) -> int | None:
        """Exit status, negative for a signal; None while it goes on, and when nobody was left to see its end."""
        status = (self._json(END) or self._json(RECORD)).get("status")
        return status if isinstance(status, int) else None

    @property
    def ended(self) -> str:
        """When it ended; empty where that isn't known."""
        return str((self._json(END) or self._json(RECORD)).get("ended") or "")

    @property
    def stopped(self) -> str:
        """Why it was asked to stop: "user", "limit", or empty."""
        with suppress(OSError):
            return self._file(STOP).read_text(encoding="ascii")
        return str(self._json(RECORD).get("stopped") or "")

    @property
    def outcome(self) -> str:
        """How it ended, in words; empty before somebody has looked."""
        return str(self._json(RECORD).get("outcome") or "")

    def note_stop(self, why: str) -> bool:
        """Write down why it is asked to stop; whether nobody has asked before."""
        try:
            descriptor = os.open(self._file(STOP), os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
            with os.fdopen(descriptor, "w") as file:
                file.write(why)
        except FileExistsError:
            return False
        except OSError:  # a full disk
            return True
        return True

    def interrupt(self, why: str) -> None:
        """Ask it to stop, as Ctrl-C does. However often and by whomever, the program gets one interrupt."""
        first = self.note_stop(why)
        keeper, program = self._pids()
        if keeper.alive:  # it drops all but the first
            keeper.interrupt()
        elif first:
            program.interrupt()

    def close(self, status: int | None, outcome: str) -> None:
        """Write down the end, and delete the keeper's files."""
        keeper, program = self._pids()
        self.write(
            status=status,
            ended=self.ended or time_text(),
            stopped=self.stopped,
            outcome=outcome,
            pids={"keeper": [keeper.number, keeper.began], "program": [program.number, program.began]},
        )
        for suffix in (PIDS, END, STOP):
            self._file(suffix).unlink(missing_ok=True)

    @property
    def _ended(self) -> bool:
        return bool(self._json(RECORD).get("ended"))

    @property
    def _age_from(self) -> float:
        return self.deadline - self.limit_seconds

    def _pids(self) -> tuple[Pid, Pid]:
        """Keeper and program, as the keeper wrote them."""
        found = self._json(PIDS) or self._json(RECORD).get("pids") or {}
        return read_pid(found.get("keeper")), read_pid(found.get("program"))

    def _file(self, suffix: str) -> Path:
        return self.stem.with_name(self.stem.name + suffix)

    def _json(self, suffix: str) -> dict[str, Any]:
        return _read_json(self._file(suffix))


@dataclass(frozen=True)
class KeptRun:
    """A run as its folder has it."""

    folder: Path
    content: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path) -> KeptRun | None:
        """The run in a folder; None where there is no record of one."""
        content = _read_json(folder / RUN_FILE)
        return cls(folder, content) if content.get("begun") else None

    @property
    def id(self) -> str:
        """Its name: time, command and four random digits."""
        return self.folder.name

    @property
    def command(self) -> str:
        """The command line, without what looks like a secret."""
        return " ".join(["sitechat", *map(str, self.content.get("command") or ())])

    @property
    def begun(self) -> str:
        """When it began."""
        return str(self.content["begun"])

    @property
    def ended(self) -> str:
        """When it ended, or when the end was found out; empty before."""
        return str(self.content.get("ended") or self.content.get("settled") or "")

    @property
    def exit_code(self) -> int | None:
        """Exit code of the command; None where nobody was left to tell."""
        code = self.content.get("exit_code")
        return code if isinstance(code, int) else None

    @property
    def entry(self) -> str:
        """Id of the entry of the environment's history that it began; empty without one."""
        return str(self.content.get(ENTRY_NOTE) or "")

    @property
    def entry_ended(self) -> bool:
        """Whether a later command has seen to it that the entry has its end."""
        return bool(self.content.get(ENTRY_ENDED))

    @property
    def killed(self) -> bool:
        """Whether the command ended without a word."""
        return not self.content.get("ended")

    @property
    def here(self) -> bool:
        """Whether its processes are of this machine, so that what is alive can be known."""
        return self.content.get("place") == this_place()

    @property
    def alive(self) -> bool:
        """Whether the command itself goes on."""
        return self.here and not self.ended and read_pid(self.content.get("process")).alive

    @property
    def unfinished(self) -> bool:
        """Whether it was killed here, and nobody has looked at its end."""
        return self.here and not self.ended and not self.alive

    @property
    def going_on(self) -> bool:
        """Whether the command, or Terraform without it, is at work."""
        return self.alive or (self.unfinished and any(each.alive for each in self.processes()))

    def processes(self) -> tuple[KeptProcess, ...]:
        """Its Terraform processes, in the order of their beginning."""
        names = (path for path in self.folder.glob(f"*{RECORD}") if path.name != RUN_FILE)
        found = (KeptProcess.read(path) for path in names)
        return tuple(sorted((each for each in found if each is not None), key=lambda each: each.number))

    def write(self, **more: object) -> None:
        """Write its record, changed by `more`."""
        write_private_json(self.folder / RUN_FILE, {**self.content, **more})


def kept_runs(folder: Path) -> Iterator[KeptRun]:
    """Runs of one environment, the oldest first."""
    for path in sorted(folder.glob("*Z-*")):
        found = KeptRun.read(path)
        if found is not None:
            yield found


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
