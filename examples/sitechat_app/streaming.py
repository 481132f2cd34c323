"""Server-sent events from blocking code, with keep-alive comments while no event comes."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import json
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import TypeVar

T = TypeVar("T")

KEEPALIVE = b": keep-alive\n\n"


def sse(name: str, data: dict[str, object]) -> bytes:
    """One server-sent event; JSON never holds a bare newline, which would end the event."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


async def with_keepalive(start: Callable[[], Iterator[T]], keepalive_seconds: float) -> AsyncGenerator[T | None, None]:
    """Items of the blocking iterator `start()` returns; None at once and after each `keepalive_seconds` without one.

    Proxies cut a connection on which nothing moves: CloudFront and the load balancer count from the request to the
    first byte, and then between bytes. The iterator runs in a thread of its own, because the SDKs block. The
    thread is a daemon: one whose client went away must not delay the end of the process.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[tuple[T] | BaseException | None] = asyncio.Queue()
    abandoned = threading.Event()

    def put(item: tuple[T] | BaseException | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
            loop.call_soon_threadsafe(queue.put_nowait, item)

    def run() -> None:
        try:
            for item in start():
                if abandoned.is_set():
                    return
                put((item,))
            put(None)
        except BaseException as error:  # handed over, and raised where the consumer is
            put(error)

    # With the context of the request, for its spans and log lines.
    threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True, name="answer").start()
    getter = asyncio.ensure_future(queue.get())
    try:
        yield None
        while True:
            if not (await asyncio.wait({getter}, timeout=keepalive_seconds))[0]:
                yield None
                continue
            item = getter.result()
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            getter = asyncio.ensure_future(queue.get())
            yield item[0]
    finally:
        abandoned.set()
        getter.cancel()
