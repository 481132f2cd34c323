"""An answer on its way from a target, which a drained target's end can cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from local_aws.traffic.balancer.health import KnownTarget
from local_aws.traffic.balancer.wire import Reply
from local_aws.traffic.hops import HopError

Result = TypeVar("Result")
DRAINED = "the target was deregistered, and its deregistration delay is over"


class Running:
    """One request at a target, from its sending to the last byte of the answer."""

    def __init__(self, known: KnownTarget, ended: Callable[[HopError | None], None]) -> None:
        self._known = known
        self._ended: Callable[[HopError | None], None] | None = ended
        self._waiting: asyncio.Task[object] | None = None
        self._cut = False
        known.running.add(self._end)

    async def wait(self, awaited: Awaitable[Result]) -> Result:
        """The result, or HopError "cut" once the target is drained."""
        if self._was_cut():
            raise HopError("cut", DRAINED)
        self._waiting = asyncio.current_task()
        try:
            return await awaited
        except asyncio.CancelledError:
            if self._was_cut() and self._waiting is not None and self._waiting.uncancel() == 0:
                raise HopError("cut", DRAINED) from None
            raise
        finally:
            self._waiting = None

    def over(self, error: HopError | None = None) -> None:
        """Forget the request; told once to the one who counts."""
        self._known.running.discard(self._end)
        if self._ended is not None:
            self._ended(error)
            self._ended = None

    def _was_cut(self) -> bool:
        return self._cut

    def _end(self) -> None:
        self._cut = True
        if self._waiting is not None:
            self._waiting.cancel()


class RunningBody(AsyncIterator[bytes]):
    """Body of an answer. Whoever stops before its end cuts the connection to the target, closed or forgotten."""

    def __init__(self, reply: Reply, running: Running) -> None:
        self._reply: Reply | None = reply
        self._running = running
        self._parts = reply.parts()
        self._loop = asyncio.get_running_loop()

    async def __anext__(self) -> bytes:
        try:
            return await self._running.wait(anext(self._parts))
        except StopAsyncIteration:
            await self.aclose()
            raise
        except HopError as error:
            await self.aclose(error)
            raise
        except asyncio.CancelledError:
            await self.aclose()
            raise

    async def aclose(self, error: HopError | None = None) -> None:
        """End the answer, read to its end or not."""
        self._running.over(error)
        reply, self._reply = self._reply, None
        if reply is not None:
            with suppress(HopError, RuntimeError):
                await reply.close()

    def __del__(self) -> None:
        # A server that hangs up drops the answer without closing it.
        if self._reply is not None and not self._loop.is_closed():
            self._running.over()
            self._loop.call_soon_threadsafe(self._loop.create_task, self._reply.close())
