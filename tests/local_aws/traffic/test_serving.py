"""The plane's ports over real connections: what a hop is told of a viewer, and what a viewer gets of an answer."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

from local_aws.traffic.hops import Answer, Ask, HopError, page, whole
from local_aws.traffic.road import RoadBook
from local_aws.traffic.serving import Hop, bound_socket, viewer_app, viewer_server

_PATIENCE_SECONDS = 10


class Viewer:
    """A connection to a port behind which a hop answers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def asks(self, *headers: str, method: str = "GET") -> None:
        lines = (f"{method} / HTTP/1.1", "Host: a", *headers, "", "")
        self.writer.write("\r\n".join(lines).encode())
        await self.writer.drain()

    async def head(self) -> list[str]:
        """Status line and headers of an answer."""
        told = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), _PATIENCE_SECONDS)
        return told.decode().split("\r\n")[:-2]

    def hangs_up(self) -> None:
        """Cut the connection at once, with what wasn't read."""
        connection: socket.socket = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


def served(hop: Hop, visit: Callable[[Viewer], Awaitable[None]]) -> None:
    """Let a viewer visit a hop."""

    async def run() -> None:
        listening = bound_socket()
        server = viewer_server(viewer_app(hop, RoadBook(), scheme="https"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        try:
            await visit(Viewer(reader, writer))
        finally:
            writer.close()
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving

    asyncio.run(run())


class Endless(AsyncIterator[bytes]):
    """A body without an end, that is told when nobody wants it any more."""

    def __init__(self) -> None:
        self.given_up = asyncio.Event()

    async def __anext__(self) -> bytes:
        await asyncio.sleep(0)
        return bytes(64 * 1024)

    async def aclose(self) -> None:
        self.given_up.set()


def test_an_answer_is_given_up_when_the_viewer_hangs_up_without_reading_it() -> None:
    bodies: list[Endless] = []

    async def hop(ask: Ask) -> Answer:
        bodies.append(Endless())
        return Answer(200, (), bodies[-1])

    async def visit(viewer: Viewer) -> None:
        await viewer.asks()
        await viewer.head()
        await asyncio.sleep(0.2)  # long enough for all buffers on the way to be full
        viewer.hangs_up()
        await asyncio.wait_for(bodies[0].given_up.wait(), _PATIENCE_SECONDS)

    served(hop, visit)


def test_an_answer_that_breaks_off_is_no_whole_one() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"begun"
        raise HopError("cut", "the task ended")

    async def hop(ask: Ask) -> Answer:
        return Answer(200, (("content-type", "text/event-stream"),), broken())

    async def visit(viewer: Viewer) -> None:
        await viewer.asks()
        assert "transfer-encoding: chunked" in [each.lower() for each in await viewer.head()]
        assert await asyncio.wait_for(viewer.reader.read(), _PATIENCE_SECONDS) == b"5\r\nbegun\r\n"

    served(hop, visit)


def test_the_address_is_that_of_the_connection_whatever_a_header_says() -> None:
    async def hop(ask: Ask) -> Answer:
        return page(200, f"{ask.client} {ask.header('x-forwarded-for')}")

    async def visit(viewer: Viewer) -> None:
        await viewer.asks("X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: http")
        await viewer.head()
        assert await viewer.reader.readexactly(19) == b"127.0.0.1 192.0.2.7"

    served(hop, visit)


def test_server_and_date_are_those_of_the_answer() -> None:
    answers = [
        Answer(200, (("server", "CloudFront"), ("date", "Sun, 01 Nov 2026 00:00:00 GMT"), ("content-length", "0"))),
        Answer(200, (("content-length", "0"),)),
    ]

    async def hop(ask: Ask) -> Answer:
        return answers.pop(0)

    async def visit(viewer: Viewer) -> None:
        await viewer.asks()
        assert sorted((await viewer.head())[1:]) == [
            "content-length: 0",
            "date: Sun, 01 Nov 2026 00:00:00 GMT",
            "server: CloudFront",
        ]
        await viewer.asks()
        assert sorted(each.partition(":")[0] for each in (await viewer.head())[1:]) == ["content-length", "date"]

    served(hop, visit)


def test_a_wish_for_a_websocket_is_left_to_the_hop() -> None:
    async def hop(ask: Ask) -> Answer:
        return Answer(501)

    # Whether the server would answer by itself depends on a library that the emulators' environment has.
    assert viewer_server(viewer_app(hop, RoadBook(), scheme="https")).config.ws == "none"


def test_a_request_that_is_too_long_gets_the_hops_own_answer() -> None:
    async def hop(ask: Ask) -> Answer:
        return Answer(413, (), whole(b"too long"))

    async def visit(viewer: Viewer) -> None:
        # In two parts: what is whole in its first one isn't measured.
        viewer.writer.write(b"GET / HTTP/1.1\r\nX-Long: " + b"a" * 40_000)
        await viewer.writer.drain()
        await asyncio.sleep(0.1)
        viewer.writer.write(b"a\r\nHost: a\r\n\r\n")
        assert (await viewer.head())[0].startswith("HTTP/1.1 413")

    served(hop, visit)


def test_a_request_ends_at_every_hop_with_the_server() -> None:
    ended: list[bool] = []

    async def hop(ask: Ask) -> Answer:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)
        return Answer(200)

    async def receive() -> MutableMapping[str, Any]:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        raise AssertionError(f"nothing is answered: {message}")

    async def run() -> None:
        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
        asking = asyncio.ensure_future(viewer_app(hop, RoadBook(), scheme="https")(scope, receive, send))
        await asyncio.sleep(0.01)
        asking.cancel()
        await asyncio.wait({asking})
        assert ended

    asyncio.run(run())
