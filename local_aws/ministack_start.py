"""Becomes ministack, with two of its times as a small machine needs them.

Step Functions ends an expression that takes a second of evaluation. ministack looks at the clock on the wall, by which
a busy machine needs a second for anything: executions failed there with States.QueryEvaluationError. Counted is the
processor time of the thread that evaluates.

ministack looks at the container of each running task ten times a second, by two requests to the engine. That it ended
is known soon enough by every fifth look, and a deployed site takes less of a processor.

Run by path in the emulators' own virtual environment.
"""

from __future__ import annotations

import runpy
import time
from typing import Any

from jsonata.timebox import Timebox
from ministack.services import ecs

# Seconds between two looks at a container: ministack's, and ours.
LOOK_SECONDS, SELDOM_SECONDS = 0.1, 0.5


def thread_milliseconds() -> int:
    """Processor time of the calling thread."""
    return round(time.thread_time() * 1000)


def count_processor_time() -> None:
    """Have every evaluation from now on measured by it."""
    Timebox.current_milli_time = staticmethod(thread_milliseconds)


class SeldomLooks:
    """The module `time` for the scheduler of tasks, which sleeps longer between two looks."""

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    def sleep(self, seconds: float) -> None:
        """Sleep as asked, but for the pause between two looks."""
        time.sleep(SELDOM_SECONDS if seconds == LOOK_SECONDS else seconds)


def look_seldom() -> None:
    """Have ministack look at containers twice a second."""
    vars(ecs)["time"] = SeldomLooks()


if __name__ == "__main__":
    count_processor_time()
    look_seldom()
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)
