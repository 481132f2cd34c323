"""The run of this command: begun with its first Terraform process, ended with the command, and old ones removed."""

from __future__ import annotations

import atexit
import re
import secrets
import shutil
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from pipeline.invocation.course import at_end, given_words
from pipeline.terraform.runs.log_text import hide_secrets
from pipeline.terraform.runs.pids import me, this_place
from pipeline.terraform.runs.record import RUN_FILE, KeptProcess, KeptRun, kept_runs, time_text
from pipeline.work import private_dir

# What is kept per environment; whatever is over is removed, the oldest runs first, and never one that goes on.
MOST_RUNS = 50
MOST_BYTES = 100 * 2**20
MOST_DAYS = 30
DAY_SECONDS = 24 * 3600


class Run:
    """Record of what one command starts in one environment; `folder` holds that environment's runs.

    Nothing is written before the first process. Its methods are safe to call from several threads.
    """

    def __init__(self, folder: Path, env: str) -> None:
        self._folder = folder
        self._env = env
        self._kept: KeptRun | None = None
        self._number = 0
        self._notes: dict[str, str] = {}
        self._lock = threading.Lock()

    @property
    def id(self) -> str:
        """Name of the run; empty before it has begun."""
        return self._kept.id if self._kept else ""

    def note(self, **notes: str) -> None:
        """Keep `notes` in the run's record, from its first process on. Raises OSError where nothing can be written."""
        with self._lock:
            self._notes |= notes
            if self._kept is not None:
                (KeptRun.read(self._kept.folder) or self._kept).write(**notes)

    def noted(self, name: str) -> str:
        """A note that was kept; empty where there is none."""
        return self._notes.get(name, "")

    def process(self, layer: str, words: Sequence[str], limit_seconds: float, total: int = 0) -> KeptProcess:
        """Record a Terraform process that is about to begin, `words` behind its name.

        `total` is the number of changes, for whoever shows its progress later. Raises OSError where nothing can be
        written.
        """
        with self._lock:
            if self._kept is None:
                self._kept = self._begin()
            self._number += 1
            number = self._number
        begun = time.time()
        told = tuple(map(hide_secrets, words))
        name = re.sub(r"[^\w-]+", "-", f"{number:02}-{layer}-{words[0]}")
        kept = KeptProcess(
            self._kept.folder / name, number, layer, told, time_text(begun), limit_seconds, begun + limit_seconds, total
        )
        kept.write()
        return kept

    def _begin(self) -> KeptRun:
        words = [hide_secrets(word) for word in given_words()]
        command = words[0] if words and re.fullmatch(r"[a-z]+", words[0]) else "run"
        begun = time_text()
        name = f"{re.sub('[-:]', '', begun)}-{command}-{secrets.token_hex(2)}"
        remove_old_runs(self._folder)
        kept = KeptRun(private_dir(private_dir(self._folder) / name), {})
        process = me()
        kept.write(
            env=self._env,
            command=words,
            begun=begun,
            place=this_place(),
            process=[process.number, process.began],
            ended=None,
            exit_code=None,
            **self._notes,
        )
        at_end(self._end)
        atexit.register(self._end, None)
        return kept

    def _end(self, exit_code: int | None) -> None:
        """Write down the end, once."""
        kept, self._kept = self._kept, None
        if kept is None or not (kept.folder / RUN_FILE).is_file():
            return
        atexit.unregister(self._end)
        with suppress(OSError):
            (KeptRun.read(kept.folder) or kept).write(ended=time_text(), exit_code=exit_code)


def remove_old_runs(folder: Path) -> None:
    """Remove runs above the limits, the oldest first; what can't be removed is tried again next time."""
    left = [(run, _size(run.folder)) for run in kept_runs(folder)]
    oldest = time_text(time.time() - MOST_DAYS * DAY_SECONDS)
    number, size = len(left), sum(bytes_ for _, bytes_ in left)
    for run, bytes_ in left:
        if number < MOST_RUNS and size <= MOST_BYTES and run.begun >= oldest:
            continue
        if run.going_on or (not run.here and not run.ended and run.begun >= oldest):
            continue
        shutil.rmtree(run.folder, ignore_errors=True)
        number, size = number - 1, size - bytes_


def _size(folder: Path) -> int:
    found = 0
    for path in folder.iterdir():
        with suppress(OSError):
            found += path.stat().st_size
    return found
