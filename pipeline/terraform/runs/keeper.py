"""Run one program to its end and write down how it ended, whatever becomes of the command that started this.

A program of its own, in a session of its own: `python -I -S keeper.py STEM PROGRAM ARGUMENT...`. It writes `STEM.pids`
when the program has begun and `STEM.end` when it has ended. The first SIGINT, SIGTERM or SIGHUP becomes one SIGINT for
the program, every later one is dropped: a second interrupt makes Terraform exit without storing its state. Whoever
starts it blocks these signals before, so that none comes too early. It imports nothing but the standard library.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

PIDS, END = ".pids", ".end"
ASKING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Python ignores these; a program expects them as they are by default.
RESTORED = (*ASKING, signal.SIGPIPE, signal.SIGXFSZ)
NOT_STARTED = 127


def started(pid: int) -> str:
    """When a process began, in the system's own words; empty when there is none, or only what is left of one.

    Equal texts for one pid are one process: after a reboot, or when the pid is used again, the text is another.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return "" if Path("/proc/self/stat").exists() else _asked_of_ps(pid)
    state, *rest = text.rpartition(")")[2].split()
    return "" if state in "ZX" else f"{_boot()} {rest[18]}"


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _asked_of_ps(pid: int) -> str:
    """The same on a system without /proc."""
    import subprocess

    asked = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    state, _, began = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip().partition(" ")
    return "" if state[:1] in ("", "Z") else began.strip()


class Keeper:
    """One program that is kept: its pid once it runs, and whether it was interrupted."""

    def __init__(self, stem: str) -> None:
        self._stem = stem
        self._pid = 0
        self._told = False

    def ask(self, number: int, frame: object) -> None:
        """Take a signal: the first one is passed on, as an interrupt."""
        if self._pid and not self._told:
            self._told = True
            os.kill(self._pid, signal.SIGINT)

    def run(self, argv: list[str]) -> int:
        """Run the program to its end; returns its exit status, negative for the signal that ended it."""
        signal.pthread_sigmask(signal.SIG_BLOCK, ASKING)
        for number in ASKING:
            signal.signal(number, self.ask)
        try:
            # It takes the place of the blocked signals' mask, too: the program gets none.
            self._pid = os.posix_spawnp(argv[0], argv, os.environ, setsigmask=(), setsigdef=RESTORED)
        except OSError as error:
            print(f"Error: {argv[0]} can't be started: {error.strerror}", file=sys.stderr, flush=True)
            return NOT_STARTED
        me = os.getpid()
        self.write(PIDS, {"keeper": [me, started(me)], "program": [self._pid, started(self._pid)]})
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ASKING)
        os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOWAIT)
        # Until it is waited for, its pid is nobody else's.
        pid, self._pid = self._pid, 0
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def write(self, suffix: str, content: dict[str, object]) -> None:
        """Write a file of the stem as a whole. On a full disk there is none: the log tells what can be told."""
        draft = f"{self._stem}{suffix}.{os.getpid()}"
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                json.dump(content, file)
            os.replace(draft, f"{self._stem}{suffix}")
        except OSError:
            pass


def main(argv: list[str]) -> int:
    """Keep the program `argv[1:]`, whose files begin with `argv[0]`."""
    keeper = Keeper(argv[0])
    status = keeper.run(argv[1:])
    ended = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    keeper.write(END, {"status": status, "ended": ended})
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
