"""Bodies made from other bodies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from local_aws.traffic.hops import HopError, closed


class Derived:
    """A body made from another; who ends it ends the other, also before the first part was asked for.

    A generator that was never begun would run none of its own clean-up.
    """

    def __init__(self, source: AsyncIterator[bytes], made: AsyncIterator[bytes]) -> None:
        self._source, self._made = source, made

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        return await self._made.__anext__()

    async def aclose(self) -> None:
        """End both."""
        await closed(self._made)
        await closed(self._source)


def unbroken(body: AsyncIterator[bytes], silence: float) -> AsyncIterator[bytes]:
    """A body whose pauses are no longer than `silence` seconds; a longer one cuts it."""
    return Derived(body, _unbroken(body, silence))


async def _unbroken(body: AsyncIterator[bytes], silence: float) -> AsyncIterator[bytes]:
    chunks = body.__aiter__()
    while True:
        try:
            async with asyncio.timeout(silence):
                chunk = await chunks.__anext__()
        except StopAsyncIteration:
            return
        except TimeoutError:
            await closed(body)
            raise HopError("timeout", f"the origin was silent for {silence:g} s in its answer") from None
        yield chunk
