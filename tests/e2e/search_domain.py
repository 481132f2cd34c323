"""The llm layer with its OpenSearch domain, deployed in the background by the commands a user would type."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.checkout import Checkout, Done
from tests.e2e.environment_files import emulated

#: The environment is dev, whose domain is the smallest.
ENV = "dev"
SECONDS = 2400
RUN = "aws_lambda_invocation"
"""What can't end well here: the function reaches no domain."""
APPLIED = frozenset({"aws_lambda_function", "aws_opensearch_domain", "aws_cloudwatch_log_resource_policy"})
"""Types that only this deployment applies; test_search_domain.py holds its state to them."""


@dataclass(frozen=True)
class Deployed:
    """The checkout, and its environment file, and how the apply of the layer and the plan after it ended."""

    checkout: Checkout
    file: str
    applied: Done
    planned_again: Done


class Background:
    """Deploys in a thread, which mostly waits for processes."""

    def __init__(self, root: Path) -> None:
        self._checkout = Checkout.copy(root)
        self._given_up = threading.Event()
        self._pool = ThreadPoolExecutor(1)
        self._future: Future[Deployed] = self._pool.submit(self._deploy)

    def result(self) -> Deployed:
        """Wait for the end of the deployment."""
        return self._future.result(timeout=SECONDS)

    def end(self) -> None:
        """End everything, finished or not."""
        self._given_up.set()
        self._checkout.end()
        self._pool.shutdown()
        self._checkout.end()

    def _deploy(self) -> Deployed:
        file = str(emulated(ENV, self._checkout.root))
        self._must("local", "up")
        self._must("bootstrap", "--env", file)
        self._must("plan", "--env", file, "--layer", "infrastructure")
        self._must("apply", "latest", "--env", file)
        self._must("plan", "--env", file, "--layer", "llm")
        applied = self._run("apply", "latest", "--env", file)
        again = self._run("plan", "--env", file, "--layer", "llm", "--json")
        return Deployed(self._checkout, file, applied, again)

    def _must(self, *arguments: str) -> Done:
        done = self._run(*arguments)
        assert done.status == 0, done.output
        return done

    def _run(self, *arguments: str) -> Done:
        assert not self._given_up.is_set(), "the tests ended before the deployment"
        return self._checkout.sitechat(*arguments, seconds=SECONDS)
