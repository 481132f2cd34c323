"""Becomes the process of one container: on a leash, as its user, in its folder, with nothing but its environment.

The engine holds the writing end of a pipe. A watcher, in the group of the container's processes but no child of any of
them, reads the other end, and ends the group when the engine is gone, however that died: the same on Linux and macOS.
Run by path, isolated (-I), so the container's environment can't change it; imports nothing of this package.

usage: python -I -S start.py JSON   (command, folder, user, group, leash, errors; the last two are descriptors)
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any


def _watch(leash: int, errors: int) -> None:
    """Leave a watcher behind that ends this process group when the leash is let go."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    if os.fork():
        os._exit(0)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2, errors):  # or the log and the start would never end
        os.dup2(nowhere, descriptor)
    while os.read(leash, 1):
        continue
    os.killpg(os.getpgid(0), signal.SIGKILL)


def _said(what: str, problem: OSError) -> SystemExit:
    os.write(given["errors"], f"{what}: {problem.strerror}".encode())
    return SystemExit(127)


def _become(task: dict[str, Any]) -> None:
    if task["user"] is not None:
        os.setgroups([])
        os.setgid(task["group"])
        os.setuid(task["user"])
    try:
        os.chdir(task["folder"])
    except OSError as problem:
        raise _said(f"chdir: {task['folder']!r}", problem) from None
    os.umask(0o022)
    os.execvpe(task["command"][0], task["command"], os.environ)


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    os.set_inheritable(given["errors"], False)
    try:
        _watch(given["leash"], given["errors"])
        os.close(given["leash"])
        _become(given)
    except OSError as problem:
        raise _said(f"exec: {given['command'][0]!r}", problem) from None
