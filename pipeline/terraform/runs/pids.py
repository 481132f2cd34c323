"""Processes told from others that get their pid later, and the machine on which pids mean something."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import suppress
from dataclasses import dataclass

from pipeline.terraform.runs.keeper import started


def this_place() -> str:
    """The machine, and on it the container, whose pids mean something to each other."""
    try:
        return f"{socket.gethostname()} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return socket.gethostname()


@dataclass(frozen=True)
class Pid:
    """A process that a record names; `began` tells it from another one that got its pid later."""

    number: int
    began: str

    @property
    def alive(self) -> bool:
        """Whether it goes on."""
        return self.number > 0 and self.began != "" and started(self.number) == self.began

    def interrupt(self) -> None:
        """Send it SIGINT, unless it is gone."""
        if self.alive:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(self.number, signal.SIGINT)


NOBODY = Pid(0, "")


def me() -> Pid:
    """This process."""
    return Pid(os.getpid(), started(os.getpid()))


def read_pid(value: object) -> Pid:
    """The process that a record names as [pid, when it began]; NOBODY for anything else."""
    match value:
        case [int(number), str(began)]:
            return Pid(number, began)
    return NOBODY
