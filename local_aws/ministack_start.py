"""Becomes ministack, with the time of JSONata expressions counted as AWS means it.

Step Functions ends an expression that takes a second of evaluation. ministack looks at the clock on the wall, by which
a busy machine needs a second for anything: executions failed there with States.QueryEvaluationError. Counted is the
processor time of the thread that evaluates. Run by path in the emulators' own virtual environment.
"""

from __future__ import annotations

import runpy
import time

from jsonata.timebox import Timebox


def thread_milliseconds() -> int:
    """Processor time of the calling thread."""
    return round(time.thread_time() * 1000)


def count_processor_time() -> None:
    """Have every evaluation from now on measured by it."""
    Timebox.current_milli_time = staticmethod(thread_milliseconds)


if __name__ == "__main__":
    count_processor_time()
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)
