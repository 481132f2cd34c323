"""The plane's clock: what takes minutes on AWS takes seconds here, by a stated factor."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Mapping

from local_aws.errors import LocalAwsError

# Seconds of the plane in one second of the machine, unless `FACTOR_VARIABLE` says otherwise.
FACTOR = 10.0
FACTOR_VARIABLE = "SITECHAT_CLOCK_FACTOR"
# Below real time nothing is gained. Beyond, a minute of the plane is too short for one look at the emulators.
LEAST_FACTOR, MOST_FACTOR = 1.0, 600.0
# Seconds of the machine that a drain of at least as many seconds takes, however fast the clock is. An answer that runs
# takes as long as it takes, and a change of what is registered is seen only after up to three seconds.
LEAST_DRAIN_SECONDS = 6.0


class Clock:
    """Time for health checks, drains, scaling, metrics and alarms. A request's own time-outs go by real time.

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

    def real(self, moment: float) -> float:
        """The machine's time, in seconds since the epoch, at a moment of the plane."""
        return self._origin + (moment - self._origin) / self.factor

    def drain(self, seconds: float) -> float:
        """How many of the plane's seconds a drain of `seconds` lasts: more where answers would have no time to end."""
        return max(seconds, min(seconds, LEAST_DRAIN_SECONDS) * self.factor)

    async def sleep(self, seconds: float) -> None:
        """Wait for seconds of the plane."""
        await asyncio.sleep(seconds / self.factor)


def chosen_factor(environment: Mapping[str, str]) -> float:
    """The factor that `FACTOR_VARIABLE` of an environment asks for. Raises LocalAwsError for one out of bounds."""
    said = environment.get(FACTOR_VARIABLE, "")
    if not said:
        return FACTOR
    hint = f"give a number from {LEAST_FACTOR:g} to {MOST_FACTOR:g}, or leave it out for {FACTOR:g}"
    try:
        factor = float(said)
    except ValueError:
        raise LocalAwsError(f"{FACTOR_VARIABLE} is {said!r}, which is no number", hint) from None
    if not math.isfinite(factor) or not LEAST_FACTOR <= factor <= MOST_FACTOR:
        raise LocalAwsError(f"{FACTOR_VARIABLE} is {said}, which is out of bounds", hint)
    return factor
