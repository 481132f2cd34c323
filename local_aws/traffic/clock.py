"""The plane's clock: what takes minutes on AWS takes seconds here, by a stated factor."""

from __future__ import annotations

import asyncio
import time

# Seconds of the plane in one second of the machine.
FACTOR = 10.0


class Clock:
    """Time for health checks, drains, scaling, alarms and roll-outs. A request's own time-outs go by real time.

    `factor` is how many seconds of the plane pass in one second of the machine; every figure taken from it says so.
    """

    def __init__(self, factor: float = FACTOR) -> None:
        if factor <= 0:
            raise ValueError(f"a clock can't run at {factor}")
        self.factor = factor
        self._start = time.monotonic()
        self._origin = time.time()

    def now(self) -> float:
        """Seconds since the epoch, as the plane counts them."""
        return self._origin + (time.monotonic() - self._start) * self.factor

    async def sleep(self, seconds: float) -> None:
        """Wait for seconds of the plane."""
        await asyncio.sleep(seconds / self.factor)
