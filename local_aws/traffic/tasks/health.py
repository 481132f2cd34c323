"""Health checks of containers, as their task definition says, by the plane's clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

from local_aws.traffic.tasks.deployed import HealthCheck

Health = Literal["UNKNOWN", "HEALTHY", "UNHEALTHY"]


class Clock(Protocol):
    """The plane's time."""

    def now(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class HealthWatch:
    """Health of one container. `check` runs the command, and is true when it ended with 0 in time."""

    def __init__(self, settings: HealthCheck, clock: Clock, check: Callable[[], Awaitable[bool]]) -> None:
        self.state: Health = "UNKNOWN"
        self.settled = asyncio.Event()
        self._settings, self._clock, self._check = settings, clock, check

    async def run(self) -> None:
        """Check until the container is unhealthy or this is cancelled. Failures of the start period don't count."""
        began, failures = self._clock.now(), 0
        while self.state != "UNHEALTHY":
            await self._clock.sleep(self._settings.interval)
            if await self._check():
                self.state, failures = "HEALTHY", 0
            elif self.state == "HEALTHY" or self._clock.now() - began >= self._settings.start_period:
                failures += 1
                if failures >= self._settings.retries:
                    self.state = "UNHEALTHY"
            if self.state != "UNKNOWN":
                self.settled.set()
