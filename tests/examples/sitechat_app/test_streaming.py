"""Keep-alives and the bridge from blocking code, with iterators that the tests control."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from typing import TypeVar

import pytest

from examples.sitechat_app.streaming import sse, with_keepalive
from tests.examples.sitechat_app.running_app import LIMIT_SECONDS

T = TypeVar("T")


def run(consumer: Coroutine[object, object, T]) -> T:
    """Run it, and fail instead of hanging when what it waits for never comes."""
    return asyncio.run(asyncio.wait_for(consumer, LIMIT_SECONDS))


def test_a_sign_of_life_comes_at_once_however_long_the_interval() -> None:
    released = threading.Event()

    def slow() -> Iterator[str]:
        released.wait()
        yield "token"

    async def first_two() -> list[str | None]:
        stream = with_keepalive(slow, 600)
        first = await anext(stream)
        released.set()
        return [first, await anext(stream)]

    assert run(first_two()) == [None, "token"]


def test_signs_of_life_come_until_the_first_item() -> None:
    released = threading.Event()

    def slow() -> Iterator[str]:
        released.wait()
        yield "token"

    async def consume() -> list[str | None]:
        seen: list[str | None] = []
        async for item in with_keepalive(slow, 0.01):
            seen.append(item)
            if len(seen) == 3:
                released.set()
        return seen

    seen = run(consume())
    assert seen[:3] == [None, None, None]
    assert [item for item in seen if item] == ["token"]


def test_items_keep_their_order_and_end() -> None:
    async def consume() -> list[int]:
        return [item async for item in with_keepalive(lambda: iter(range(200)), 5) if item is not None]

    assert run(consume()) == list(range(200))


def test_an_error_is_raised_where_the_consumer_is() -> None:
    def failing() -> Iterator[str]:
        yield "token"
        raise LookupError("gone")

    async def consume() -> None:
        async for _ in with_keepalive(failing, 5):
            pass

    with pytest.raises(LookupError, match="gone"):
        run(consume())


def test_a_consumer_that_leaves_closes_the_source() -> None:
    go_on, closed = threading.Event(), threading.Event()

    def endless() -> Iterator[str]:
        try:
            yield "first"
            go_on.wait()
            while True:
                yield "more"
        finally:
            closed.set()

    async def leave() -> None:
        stream = with_keepalive(endless, 5)
        while await anext(stream) is None:
            pass
        await stream.aclose()

    run(leave())
    go_on.set()
    assert closed.wait(LIMIT_SECONDS)


def test_an_event_is_one_data_line_whatever_the_text() -> None:
    encoded = sse("token", {"text": "a\n\ndata: é\r"}).decode()
    assert encoded == 'event: token\ndata: {"text": "a\\n\\ndata: é\\r"}\n\n'
