"""Starts that keep failing are held back: ministack starts the next task at once, ten times a second."""

from __future__ import annotations

import asyncio
from collections import Counter

# ECS throttles a service whose tasks keep failing ("Amazon ECS service throttle logic"). So many failures are free, for
# the circuit breaker to trip, and ministack tries each task twice, with its platform and without; then each waits twice
# as long as the one before.
_FREE_FAILURES = 8
_MOST_DELAY_SECONDS = 30.0


class Throttle:
    """Failures by kind: an image's name, or a service with its revision."""

    def __init__(self) -> None:
        self._failures: Counter[str] = Counter()

    async def hold_back(self, kind: str) -> None:
        """Wait, the longer the more often this kind has failed since it last was ready."""
        more = self._failures[kind] - _FREE_FAILURES
        if more >= 0:
            await asyncio.sleep(min(_MOST_DELAY_SECONDS, 2.0**more))

    def failed(self, kind: str) -> None:
        """Count a failure."""
        self._failures[kind] += 1

    def ready(self, kind: str) -> None:
        """Forget the failures."""
        self._failures.pop(kind, None)
