"""Runs one emulator, and ends it with all its children as soon as the supervisor is gone, however that died.

The supervisor holds the writing end of a pipe that is this process's standard input. The kernel closes it with the
supervisor, even on SIGKILL, and reading then returns: the same on Linux and macOS. Run by path in the emulators' own
virtual environment, so it imports nothing of this package.

usage: python -P leash.py MODULE|FILE.py [ARGUMENT...]
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading


def _end_with_supervisor() -> None:
    while os.read(0, 1):
        continue
    os.killpg(os.getpgid(0), signal.SIGKILL)


if __name__ == "__main__":
    sys.argv = sys.argv[1:]
    threading.Thread(target=_end_with_supervisor, daemon=True).start()
    if sys.argv[0].endswith(".py"):
        runpy.run_path(sys.argv[0], run_name="__main__")
    else:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
