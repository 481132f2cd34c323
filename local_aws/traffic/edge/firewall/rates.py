"""Requests counted by rate-based rules."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable

# The window where a rule sets none (WAF API, RateBasedStatement).
DEFAULT_WINDOW_SECONDS = 300
# Addresses that WAF follows for one rule (WAF quotas); here for all rules together.
_KEPT = 10_000


class Rates:
    """Times of requests by rule and address. WAF counts over the same window, but looks every few seconds only: what it
    lets through beyond the limit until then is blocked here at once."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._seen: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def beyond(self, rule: str, key: str, limit: int, window_seconds: float) -> bool:
        """Count a request; whether it is beyond the limit."""
        times = self._seen.setdefault((rule, key), deque())
        self._seen.move_to_end((rule, key))
        if len(self._seen) > _KEPT:
            self._seen.popitem(last=False)
        now = self._now()
        while times and times[0] <= now - window_seconds:
            times.popleft()
        times.append(now)
        return len(times) > limit
