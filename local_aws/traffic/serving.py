"""The plane's doors to the outside: ASGI applications around hops, and the servers that carry them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import nullcontext
from email.utils import formatdate
from typing import Any

import uvicorn

from local_aws.endpoint import LOOPBACK
from local_aws.traffic.hops import Answer, Ask, HopError, closed, page
from local_aws.traffic.road import HEADER, RoadBook

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Hop = Callable[[Ask], Awaitable[Answer]]
# Parts of a body that wait for a hop, some 64 KiB each.
_HELD_PARTS = 16
# Of a request without its body that the server hands on: more than CloudFront takes, whose own answer is wanted then.
_REQUEST_BYTES = 128 * 1024


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
        both = {working, reading}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.wait(both)
        for task in both:
            if not task.cancelled():
                task.result()

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
    if answer.header("date") is None:
        headers.append((b"date", formatdate(usegmt=True).encode()))
    try:
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if not bodiless:
            async for part in answer.body:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        # An answer that nobody reads to its end is given up at every hop behind.
        await closed(answer.body)


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


def server_of(app: App, **settings: Any) -> Server:
    """A server for one of the plane's ports; `settings` are more of uvicorn's.

    A client's X-Forwarded-For is never taken for its address, and no header is added to an answer but its date.
    """
    config = uvicorn.Config(
        app,
        http="h11",
        # A wish for a WebSocket is a request like others, and whoever answers it says what comes of it.
        ws="none",
        log_level="warning",
        lifespan="off",
        access_log=False,
        timeout_keep_alive=75,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=_REQUEST_BYTES,
        **settings,
    )
    return Server(config)


def viewer_server(app: App) -> Server:
    """A server for a `viewer_app`, whose answers have their own date."""
    return server_of(app, date_header=False)
