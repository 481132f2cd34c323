"""Measure a command: wall time, and memory and CPU of the process and all its children."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SAMPLE_EVERY_SECONDS = 0.05
PROC = Path("/proc")


class RunError(Exception):
    """Error of a command that ended with an exit code not accepted; the message is its last line."""


@dataclass(frozen=True)
class Sample:
    """Measurement of one run: wall time, sum of the peak memory of all its processes, and their CPU seconds.

    Processes that outlive the command, such as emulators, don't count.
    """

    seconds: float
    peak_mb: float
    cpu_seconds: float


def measure(command: Sequence[str], *, cwd: Path, env: Mapping[str, str], accepted: Iterable[int] = (0,)) -> Sample:
    """Run the command to its end. Raises RunError when it isn't installed or its exit code isn't accepted."""
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        try:
            process = subprocess.Popen(
                command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
        except FileNotFoundError:
            raise RunError(f"{Path(command[0]).name} isn't installed") from None
        memory = _MemoryPeaks(process.pid)
        memory.start()
        _, status, used = os.wait4(process.pid, 0)
        code = process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        memory.stop()
        if code not in accepted:
            output.seek(0)
            lines = output.read().decode(errors="replace").split("\n")
            last = next((line.strip() for line in reversed(lines) if line.strip()), "no output")
            raise RunError(f"{Path(command[0]).name} ended with exit code {code}: {last.replace(f'{cwd}/', '')}")
    return Sample(seconds, memory.peak_mb(), used.ru_utime + used.ru_stime)


class _MemoryPeaks(threading.Thread):
    """Thread that records the peak resident size of a process and of each of its descendants."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self._root = root
        self._peaks: dict[int, int] = {}
        self._done = threading.Event()

    def run(self) -> None:
        sizes = _sizes_proc if PROC.joinpath("self", "stat").exists() else _sizes_ps
        while not self._done.is_set():
            for pid, kilobytes in sizes(self._root).items():
                self._peaks[pid] = max(kilobytes, self._peaks.get(pid, 0))
            self._done.wait(SAMPLE_EVERY_SECONDS)

    def stop(self) -> None:
        self._done.set()
        self.join()

    def peak_mb(self) -> float:
        return sum(self._peaks.values()) / 1024


def _sizes_proc(root: int) -> dict[int, int]:
    """Peak resident kilobytes by process in the tree below ``root``, from Linux's /proc."""
    parents = {int(entry): _parent(int(entry)) for entry in os.listdir(PROC) if entry.isdigit()}
    return {pid: _peak(pid) for pid in process_tree(root, parents)}


def _parent(pid: int) -> int:
    try:
        # The second field is the command's name in brackets, and may hold spaces and brackets itself.
        return int((PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


def _peak(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "status").read_text().splitlines()
        return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
    except OSError:
        return 0


def _sizes_ps(root: int) -> dict[int, int]:
    """Resident kilobytes by process where there is no /proc; peaks between two samples are missed."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,rss="], capture_output=True, text=True).stdout
    rows = [[int(field) for field in line.split()] for line in listed.splitlines()]
    sizes = {pid: size for pid, _, size in rows}
    return {pid: sizes[pid] for pid in process_tree(root, {pid: parent for pid, parent, _ in rows}) if pid in sizes}


def process_tree(root: int, parents: Mapping[int, int]) -> set[int]:
    """``root`` and all its descendants, given each process's parent."""
    found = {root}
    while True:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        if not more:
            return found
        found |= more


def interpreter() -> str:
    """Path of the Python interpreter that runs the benchmark."""
    return sys.executable
