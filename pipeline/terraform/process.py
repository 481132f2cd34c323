"""Run a child process that must never be killed: an interrupt is forwarded once, then we wait for its end."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from pipeline.console import err

# Interval at which a waiting main thread wakes up; signals are handled then.
LOOK_SECONDS = 0.2
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_running: set[subprocess.Popen[str]] = set()
_lock = threading.Lock()
_stopping = threading.Event()


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


def run_process(
    argv: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str],
    limit_seconds: float,
    on_line: Callable[[str], None] | None = None,
) -> FinishedProcess:
    """Run `argv` to its end. After `limit_seconds` it gets one SIGINT, as after Ctrl-C; it is never killed.

    The child has its own session: a Ctrl-C on the terminal would otherwise reach it directly as well, and a second
    interrupt makes Terraform exit without saving its state or releasing its lock.
    """
    with forwarding_interrupts():
        if _stopping.is_set():
            return FinishedProcess(-signal.SIGINT, "", "", "user")
        process = subprocess.Popen(
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
        with _lock:
            _running.add(process)
        try:
            return _wait(process, limit_seconds, on_line)
        finally:
            with _lock:
                _running.discard(process)


def _wait(
    process: subprocess.Popen[str], limit_seconds: float, on_line: Callable[[str], None] | None
) -> FinishedProcess:
    assert process.stdout is not None
    assert process.stderr is not None
    readers = (_Reader(process.stdout, on_line), _Reader(process.stderr, None))
    threads = [threading.Thread(target=reader, daemon=True) for reader in readers]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + limit_seconds
    late = False
    while True:
        try:
            status = process.wait(LOOK_SECONDS)
            break
        except subprocess.TimeoutExpired:
            if not late and not _stopping.is_set() and time.monotonic() > deadline:
                late = True
                process.send_signal(signal.SIGINT)
    for thread in threads:
        thread.join()
    stopped = "user" if _stopping.is_set() else "limit" if late else ""
    return FinishedProcess(status, "".join(readers[0].lines), "".join(readers[1].lines), stopped)


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
    for process in tuple(_running):
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
