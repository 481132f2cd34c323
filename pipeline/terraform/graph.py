"""Run one task per layer, dependencies first, a few in parallel."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TypeVar

from pipeline.terraform import forwarding_interrupts

Result = TypeVar("Result")
# Bytes that a task may need: a provider of 675 MB, and Terraform.
TASK_BYTES = 2**30
# More layers than this never wait for the same one.
MOST_WORKERS = 6
_MEMORY = Path("/proc/meminfo")


def allowed_workers() -> int:
    """Number of tasks at once that memory allows, and processors: one more than those, as each task waits at times."""
    return max(1, min(_available_bytes() // TASK_BYTES, (os.cpu_count() or 1) + 1, MOST_WORKERS))


def _available_bytes() -> int:
    """Memory that could be used now; half of all where the system doesn't say."""
    try:
        found = re.search(r"^MemAvailable: *(\d+) kB", _MEMORY.read_text(encoding="ascii"), re.MULTILINE)
    except OSError:
        found = None
    return int(found[1]) * 1024 if found else os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def run_graph(
    needs: Mapping[str, tuple[str, ...]], task: Callable[[str], Result], workers: int | None = None
) -> dict[str, Result]:
    """Run `task(name)` for every name of `needs` after its dependencies; those not in `needs` count as done.

    At most `workers` run at once, by default `allowed_workers()`. After the first failure no task is started; the
    running ones are awaited, then that failure is raised.
    """
    results: dict[str, Result] = {}
    waiting = {name: {need for need in each if need in needs} for name, each in needs.items()}
    running: dict[Future[Result], str] = {}
    failure: BaseException | None = None
    with forwarding_interrupts(), ThreadPoolExecutor(workers or allowed_workers()) as pool:
        while running or (waiting and failure is None):
            if failure is None:
                for name in [name for name, each in waiting.items() if each <= results.keys()]:
                    del waiting[name]
                    running[pool.submit(task, name)] = name
            if not running:
                raise ValueError(f"layers need each other in a circle: {', '.join(sorted(waiting))}")
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                name = running.pop(future)
                if future.cancelled():
                    continue
                error = future.exception()
                if error is None:
                    results[name] = future.result()
                    continue
                failure = failure or error
                for each in running:
                    each.cancel()  # those that only wait for a worker
    if failure is not None:
        raise failure
    return results
