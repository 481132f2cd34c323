"""Run a child process that must never be killed: an interrupt is forwarded once, then we wait for its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from pipeline.console import err
from pipeline.terraform.runs import keeper
from pipeline.terraform.runs.endings import NOT_BEGUN, close_process, judged_status, lack_of_room
from pipeline.terraform.runs.log_text import Tail
from pipeline.terraform.runs.record import KeptProcess
from pipeline.work import PRIVATE_FILE

# Interval at which a waiting main thread wakes up; signals are handled then.
LOOK_SECONDS = 0.2
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# A keeper ends with the program's status, or with this and the number of the signal that ended it.
SIGNALLED = 128


@dataclass(frozen=True)
class FinishedProcess:
    """Result of a process: exit status, both outputs, and why it was interrupted ("", "user" or "limit")."""

    status: int
    stdout: str
    stderr: str
    stopped: str = ""


@dataclass
class _Reader:
    """Reads one pipe in its own thread, so that no pipe fills up and blocks the child."""

    pipe: IO[str]
    on_line: Callable[[str], None] | None
    lines: list[str] = field(default_factory=list)

    def __call__(self) -> None:
        for line in self.pipe:
            self.lines.append(line)
            if self.on_line is not None:
                self.on_line(line.rstrip("\n"))


@dataclass(eq=False)
class _Child:
    """A process that runs. Of a kept one the process is its keeper, which passes one interrupt on."""

    process: subprocess.Popen[str]
    kept: KeptProcess | None
    asked: bool = False

    @property
    def pid(self) -> int:
        """Its pid, which is also that of its process group."""
        return self.process.pid

    def interrupt(self, why: str) -> None:
        """Ask it to stop, once; `why` is "user" or "limit"."""
        if self.asked:
            return
        self.asked = True
        if self.process.poll() is None:  # a keeper may not have written down its pid yet
            if self.kept is not None:
                self.kept.note_stop(why)
            self.process.send_signal(signal.SIGINT)
        elif self.kept is not None:
            self.kept.interrupt(why)

    def ended(self) -> bool:
        """Wait for its end, for LOOK_SECONDS at most. A program may outlive a keeper that was killed."""
        try:
            self.process.wait(LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            return False
        if self.kept is None or not self.kept.alive:
            return True
        time.sleep(LOOK_SECONDS)
        return False


_running: set[_Child] = set()
_lock = threading.Lock()
_stopping = threading.Event()


def run_process(
    argv: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str],
    limit_seconds: float,
    on_line: Callable[[str], None] | None = None,
    kept: KeptProcess | None = None,
) -> FinishedProcess:
    """Run `argv` to its end. After `limit_seconds` it gets one SIGINT, as after Ctrl-C; it is never killed.

    The child has its own session: a Ctrl-C on the terminal would otherwise reach it directly as well, and a second
    interrupt makes Terraform exit without saving its state or releasing its lock.

    A `kept` process goes on when this one is killed: it prints into its log, which is read here, both outputs as one
    (`stdout`), and rewritten without secrets at the end. Any other prints into pipes, which die with us: Terraform
    then ends at its next word.
    """
    with forwarding_interrupts():
        if _stopping.is_set():
            if kept is not None:
                kept.close(None, NOT_BEGUN)
            return FinishedProcess(-signal.SIGINT, "", "", "user")
        child = _Child(_start(argv, cwd, env) if kept is None else _start_kept(argv, cwd, env, kept), kept)
        with _lock:
            _running.add(child)
        try:
            return _wait(child, limit_seconds, on_line)
        finally:
            with _lock:
                _running.discard(child)


def _start(argv: Sequence[str | Path], cwd: Path, env: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        argv,
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )


def _start_kept(
    argv: Sequence[str | Path], cwd: Path, env: Mapping[str, str], kept: KeptProcess
) -> subprocess.Popen[str]:
    """Start a keeper. It begins with signals blocked, and takes them once it can pass them on."""
    descriptor = os.open(kept.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE_FILE)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
    try:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", keeper.__file__, kept.stem, *argv],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(descriptor)


def _wait(child: _Child, limit_seconds: float, on_line: Callable[[str], None] | None) -> FinishedProcess:
    deadline = time.monotonic() + limit_seconds
    late = False
    output: _Followed | _Piped
    output = _Piped(child.process, on_line) if child.kept is None else _Followed(child.kept, on_line)
    if _stopping.is_set():  # it came between the last look and the start
        child.interrupt("user")
    while not child.ended():
        output.look()
        if not late and not _stopping.is_set() and time.monotonic() > deadline:
            late = True
            child.interrupt("limit")
    stopped = "user" if _stopping.is_set() else "limit" if late else ""
    return output.finished(child.process.returncode, stopped)


class _Piped:
    """Output of a child whose pipes are read by threads."""

    def __init__(self, process: subprocess.Popen[str], on_line: Callable[[str], None] | None) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self._readers = (_Reader(process.stdout, on_line), _Reader(process.stderr, None))
        self._threads = [threading.Thread(target=reader, daemon=True) for reader in self._readers]
        for thread in self._threads:
            thread.start()

    def look(self) -> None:
        """Do nothing: the threads read."""

    def finished(self, status: int, stopped: str) -> FinishedProcess:
        """The result, once the child has ended and its pipes are closed."""
        for thread in self._threads:
            thread.join()
        out, errors = ("".join(reader.lines) for reader in self._readers)
        return FinishedProcess(status, out, errors, stopped)


class _Followed:
    """Output of a kept child, read from its log."""

    def __init__(self, kept: KeptProcess, on_line: Callable[[str], None] | None) -> None:
        self._kept = kept
        self._tail = Tail(kept.log)
        self._on_line = on_line

    def look(self, *, last: bool = False) -> None:
        """Pass on what was printed since the last look."""
        for line in self._tail.lines(last=last):
            if self._on_line is not None:
                self._on_line(line)

    def finished(self, status: int, stopped: str) -> FinishedProcess:
        """The result, once the child has ended; its record is closed."""
        self.look(last=True)
        self._tail.close()
        output = self._kept.log.read_text(encoding="utf-8", errors="replace")
        seen = self._kept.status
        if seen is None:  # the keeper is gone, or found the disk full
            status = status if status <= SIGNALLED else SIGNALLED - status
            seen = judged_status(output, status)
        if seen != 0 and "Error: " not in output:
            output += lack_of_room(self._kept.log.parent)
        close_process(self._kept, output, seen)
        return FinishedProcess(status if seen is None else seen, output, "", stopped)


def stopping() -> bool:
    """Whether an interrupt has arrived that no further child is to be started after."""
    return _stopping.is_set()


@contextmanager
def forwarding_interrupts() -> Iterator[None]:
    """Forward Ctrl-C, SIGTERM and SIGHUP, while inside, to each running child once; no further child is started.

    Only the main thread can install handlers; in another thread this relies on the main thread being inside too.
    """
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is _forward:
        yield
        return
    _stopping.clear()
    before = {number: signal.signal(number, _forward) for number in FORWARDED}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _forward(number: int, frame: FrameType | None) -> None:
    if _stopping.is_set():
        err.print("still stopping: Terraform is saving its state and releasing its lock, please wait")
        return
    _stopping.set()
    err.print("\nstopping: Terraform finishes what it has begun, saves its state and releases its lock")
    for child in tuple(_running):
        child.interrupt("user")
