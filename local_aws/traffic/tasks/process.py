"""One process of a container: started on a leash, ended with all that it started."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_START = Path(__file__).with_name("start.py")


class StartError(Exception):
    """A command can't be started."""


@dataclass(frozen=True)
class Launch:
    """What a process is started with. `user` and `group` are numbers, or None to stay who the engine is."""

    command: tuple[str, ...]
    environment: dict[str, str]
    folder: Path
    user: int | None = None
    group: int | None = None


class TaskProcess:
    """A running process and its group. Its output is in `output` and `errors`, unless it was started silent."""

    def __init__(self, process: asyncio.subprocess.Process, leash: int) -> None:
        self._process = process
        self._leash: int | None = leash
        self.output, self.errors = process.stdout, process.stderr

    @property
    def pid(self) -> int:
        """Number of the container's first process, which is its group's too."""
        return self._process.pid

    async def wait(self) -> int:
        """Exit code as a container has it: 128 and the signal's number after a signal. What it left behind is ended."""
        code = await self._process.wait()
        self.end()
        return code if code >= 0 else 128 - code

    def signal(self, number: int) -> None:
        """Send a signal to the container's first process alone, as the Engine does."""
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    def end(self) -> None:
        """End the group at once."""
        if self._leash is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        os.close(self._leash)
        self._leash = None


async def start(launch: Launch, *, silent: bool = False) -> TaskProcess:
    """Start a process in a group of its own, without standard input, its output thrown away if silent.

    Raises StartError.
    """
    output = asyncio.subprocess.DEVNULL if silent else asyncio.subprocess.PIPE
    leash, held = os.pipe()
    said, errors = os.pipe()
    told = {
        "command": launch.command,
        "folder": str(launch.folder),
        "user": launch.user,
        "group": launch.group,
        "leash": leash,
        "errors": errors,
    }
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(_START), json.dumps(told)),
            env=launch.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(leash, errors),
            start_new_session=True,
        )
    except BaseException:
        os.close(held)
        os.close(said)
        raise
    finally:
        os.close(leash)
        os.close(errors)
    running = TaskProcess(process, held)
    try:
        # The pipe's other end closes as the command is executed, so this waits for no longer than that.
        problem = await asyncio.to_thread(_read, said)
    except BaseException:
        running.end()
        raise
    if problem:
        await running.wait()
        raise StartError(problem)
    return running


def _read(descriptor: int) -> str:
    with os.fdopen(descriptor, "rb") as file:
        return file.read().decode(errors="replace")
