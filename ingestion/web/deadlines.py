"""The time that one page may take in all, whatever it is spent on."""

from __future__ import annotations

import time

from ingestion.errors import PageFailed


class Deadline:
    """A moment some seconds from now. A socket's own time-out begins anew with every byte; this one doesn't."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left, more than none. Raises PageFailed `too_slow` when there are none."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise PageFailed("too_slow")
        return seconds

    @property
    def passed(self) -> bool:
        return time.monotonic() >= self._end
