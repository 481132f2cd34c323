"""`sitechat release` in a process of its own, whose deployment goes on until somebody takes it back.

`python -m tests.pipeline.operations.releases.client FIFO ARGUMENTS...` writes a line to FIFO with each look at it.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import pytest

from pipeline import cli
from pipeline.operations.releases import choosing, run, watching
from pipeline.operations.releases.strategy import Progress, Started
from tests.pipeline.operations.releases.doubles import DIGEST, RUNNING, SERVICE, Scripted, repository, wanted


@dataclass
class Going(Scripted):
    """A strategy whose deployment runs, and that goes back once it is asked to."""

    told: TextIO = field(default_factory=lambda: sys.stderr)

    def start(self, revision: str, *, at_least: int, ignore_alarms: bool = False) -> str:
        assert ignore_alarms, "the command line said so"
        return "d-NEW"

    def watch(self, started: Started) -> Progress:
        print(started.taken_back or "runs", file=self.told, flush=True)
        return Progress("rolled back", 2, 0, 2) if started.taken_back else RUNNING

    def roll_back(self, started: Started) -> str:
        return "d-BACK"


def main(fifo: str, *arguments: str) -> None:
    """Release as `sitechat` does, but for AWS's answers about the service."""
    with Path(fifo).open("w") as told:
        strategy = Going(told=told)
        patch = pytest.MonkeyPatch()
        patch.setattr(watching, "PAUSE_SECONDS", 0.05)
        patch.setattr(run, "open_service", lambda session, ignore_alarms: (SERVICE, strategy))
        patch.setattr(choosing, "choose_release", lambda *_, **__: wanted())
        patch.setattr(run, "register", lambda *_: "app:3")
        patch.setattr(run, "find_repository", lambda session: repository(DIGEST))
        cli.main(list(arguments))


if __name__ == "__main__":
    main(*sys.argv[1:])
