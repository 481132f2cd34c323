"""Background deployments: a quarter of an hour, mostly waiting, in a thread beside the other tests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Generic, TypeVar

from pipeline.errors import ExitCode
from tests.e2e.checkout import Checkout, Done

Result = TypeVar("Result")
SECONDS = 2400


class Background(Generic[Result]):
    """Background run of `work` in a checkout of its own; it starts at once."""

    def __init__(self, root: Path, work: Callable[[Background[Result]], Result]) -> None:
        self.checkout = Checkout.copy(root)
        self._given_up = threading.Event()
        self._pool = ThreadPoolExecutor(1)
        self._future: Future[Result] = self._pool.submit(work, self)

    def result(self) -> Result:
        """Wait for the end and return the result; an error of the run is raised here."""
        return self._future.result(timeout=SECONDS)

    def run(self, *arguments: str, piped: str | None = None) -> Done:
        """Run a `sitechat` command with `piped` on its standard input."""
        assert not self._given_up.is_set(), "the tests ended before the deployment"
        return self.checkout.sitechat(*arguments, seconds=SECONDS, piped=piped)

    def must(self, *arguments: str) -> Done:
        """Run a command that the next one depends on; a failure ends the run."""
        done = self.run(*arguments)
        assert done.status == ExitCode.OK, done.output
        return done

    def end(self) -> None:
        """End the run and its processes, finished or not."""
        self._given_up.set()
        self.checkout.end()
        self._pool.shutdown()
        self.checkout.end()
