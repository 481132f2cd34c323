"""Run one task per layer, dependencies first, a few in parallel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from pipeline.terraform import forwarding_interrupts

Result = TypeVar("Result")
# Tasks in parallel. Each starts a 675 MB provider; more would compete for memory and processors.
WORKERS = 2


def run_graph(
    needs: Mapping[str, tuple[str, ...]], task: Callable[[str], Result], workers: int = WORKERS
) -> dict[str, Result]:
    """Run `task(name)` for every name of `needs` after its dependencies; those not in `needs` count as done.

    After the first failure no task is started; the running ones are awaited, then that failure is raised.
    """
    results: dict[str, Result] = {}
    waiting = {name: {need for need in each if need in needs} for name, each in needs.items()}
    running: dict[Future[Result], str] = {}
    failure: BaseException | None = None
    with forwarding_interrupts(), ThreadPoolExecutor(workers) as pool:
        while running or (waiting and failure is None):
            if failure is None:
                for name in [name for name, each in waiting.items() if each <= results.keys()]:
                    del waiting[name]
                    running[pool.submit(task, name)] = name
            if not running:
                raise ValueError(f"layers need each other in a circle: {', '.join(sorted(waiting))}")
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                name = running.pop(future)
                error = future.exception()
                if error is None:
                    results[name] = future.result()
                else:
                    failure = failure or error
    if failure is not None:
        raise failure
    return results
