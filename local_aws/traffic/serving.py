"""The plane's doors to the outside: ASGI applications around hops, and the servers that carry them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import nullcontext, suppress
from typing import Any

import uvicorn

from local_aws.traffic.hops import Answer, Ask, HopError, page
from local_aws.traffic.road import HEADER, RoadBook

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Hop = Callable[[Ask], Awaitable[Answer]]
LOOPBACK = "127.0.0.1"
# Parts of a body that wait for a hop, some 64 KiB each.
_HELD_PARTS = 16


def viewer_app(hop: Hop, roads: RoadBook, *, scheme: str) -> App:
    """An application that hands each request to a hop, as one that a viewer sent with `scheme`, and streams the answer.

    A viewer that hangs up ends the request at every hop behind.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        parts: asyncio.Queue[bytes | None] = asyncio.Queue(_HELD_PARTS)
        ask = _ask(scope, _body(parts), roads, scheme)
        working = asyncio.create_task(_answered(hop, ask, send, scope["method"] == "HEAD"))
        reading = asyncio.create_task(_pump(receive, parts))
        await asyncio.wait({working, reading}, return_when=asyncio.FIRST_COMPLETED)
        for task in (working, reading):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    return app


def _ask(scope: Scope, body: AsyncIterator[bytes], roads: RoadBook, scheme: str) -> Ask:
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    named = next((value for name, value in headers if name == HEADER), "")
    query = scope["query_string"].decode("latin-1")
    raw = scope.get("raw_path") or scope["path"].encode()
    path = raw.decode("latin-1").partition("?")[0] + (f"?{query}" if query else "")
    kept = tuple(each for each in headers if each[0] != HEADER)
    client = (scope.get("client") or (LOOPBACK, 0))[0]
    return Ask(scope["method"], path, kept, body, scheme, client, roads.open(named))


async def _pump(receive: Receive, parts: asyncio.Queue[bytes | None]) -> None:
    """Hand the parts of a request's body on; ends when the viewer hangs up."""
    more = True
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        if not more:
            continue
        if content := message.get("body", b""):
            await parts.put(content)
        more = message.get("more_body", False)
        if not more:
            await parts.put(None)


async def _body(parts: asyncio.Queue[bytes | None]) -> AsyncIterator[bytes]:
    while (part := await parts.get()) is not None:
        yield part


async def _answered(hop: Hop, ask: Ask, send: Send, bodiless: bool) -> None:
    try:
        answer = await hop(ask)
    except HopError as error:
        answer = page(502, error.detail)
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    try:
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if not bodiless:
            async for part in answer.body:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        # An answer that nobody reads to its end is given up at every hop behind.
        if isinstance(answer.body, AsyncGenerator):
            await answer.body.aclose()


def bound_socket() -> socket.socket:
    """A listening socket on a free port of loopback."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((LOOPBACK, 0))
    listening.listen(1024)
    return listening


class Server(uvicorn.Server):
    """A server that leaves the signals of the process to the plane."""

    def capture_signals(self) -> Any:
        """Nothing is captured."""
        return nullcontext()
