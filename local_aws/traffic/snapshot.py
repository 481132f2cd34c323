"""What was read from the emulators, read anew in the background while it is used."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Generic, TypeVar

Value = TypeVar("Value")
# A value older than this is read anew while the old one is still given out.
REFRESH_SECONDS = 1.0
# The same without requests, to spare the emulators; soon enough that the next request doesn't wait.
IDLE_REFRESH_SECONDS = 2.0
# Time of the wall clock without a request after which there are none.
IDLE_SECONDS = 30.0
# A value older than this isn't given out any more: the caller waits for the next reading.
BELIEVED_SECONDS = 3.0

_AGAIN_SECONDS = 0.2


class Snapshot(Generic[Value]):
    """The last reading of several APIs at once, so that a request on its way doesn't wait for them.

    A change by Terraform takes effect within `BELIEVED_SECONDS`, usually within two; times are of the wall clock.
    Where `changes` counts what may have changed the value, it is read only when the count has grown (None is unknown).
    Such a reading has to be from no memory (`World.ask_anew`): what it missed would never be read again.
    """

    def __init__(
        self, read: Callable[[], Awaitable[Value]], changes: Callable[[], Awaitable[int | None]] | None = None
    ) -> None:
        self._read, self._changes = read, changes
        self._held: tuple[float, Value] | None = None
        self._count: int | None = None
        self._reading: asyncio.Task[Value] | None = None

    async def get(self, younger_than: float | None = None, *, refresh_after: float | None = None) -> Value:
        """The reading, at most `younger_than` seconds old (`BELIEVED_SECONDS`). Raises what the reading raised.

        `refresh_after` is the age from which it is read anew (`REFRESH_SECONDS`).
        """
        age, believed = self.age, BELIEVED_SECONDS if younger_than is None else younger_than
        if age > min(REFRESH_SECONDS if refresh_after is None else refresh_after, believed):
            self._start()
        if self._held is None or age > believed:
            assert self._reading is not None
            return await asyncio.shield(self._reading)
        return self._held[1]

    @property
    def age(self) -> float:
        """Seconds since the last reading."""
        return float("inf") if self._held is None else time.monotonic() - self._held[0]

    def _start(self) -> None:
        if self._reading is None:
            self._reading = asyncio.create_task(self._anew())
            self._reading.add_done_callback(self._done)

    async def _anew(self) -> Value:
        began = time.monotonic()
        # Counted before the reading: what changes during it is read the next time.
        count = await self._changes() if self._changes else None
        if self._held is not None and count is not None and count == self._count:
            self._held = (began, self._held[1])
            return self._held[1]
        try:
            value = await self._read()
        except Exception:
            # Something was deleted between two of the questions.
            await asyncio.sleep(_AGAIN_SECONDS)
            began = time.monotonic()
            value = await self._read()
        self._held, self._count = (began, value), count
        return value

    def _done(self, task: asyncio.Task[Value]) -> None:
        self._reading = None
        # A failed reading is told to who waits for it; the next use tries again.
        with suppress(asyncio.CancelledError):
            task.exception()


class Pace:
    """How often a reading is renewed: oftener while requests come."""

    def __init__(self) -> None:
        self._asked_at = time.monotonic()

    def asked(self) -> None:
        """Note a request."""
        self._asked_at = time.monotonic()

    @property
    def refresh_after(self) -> float:
        """Age in seconds from which a reading is made anew."""
        idle = time.monotonic() - self._asked_at > IDLE_SECONDS
        return IDLE_REFRESH_SECONDS if idle else REFRESH_SECONDS
