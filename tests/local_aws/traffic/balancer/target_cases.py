"""Cases of `balancer/targets.py`, for the emulators' Python, which has httpcore: real servers on loopback.

usage: python target_cases.py CERTIFICATE; prints one JSON object, results by case.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))

from local_aws.traffic.balancer.deployed import Target
from local_aws.traffic.balancer.health import KnownTarget
from local_aws.traffic.balancer.running import Running, RunningBody
from local_aws.traffic.balancer.targets import TargetWire
from local_aws.traffic.balancer.wire import Call
from local_aws.traffic.hops import HopError, whole

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
Behaviour = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Exchange:
    """One request at the server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    head: str

    async def send(self, content: bytes) -> None:
        self.writer.write(content)
        await self.writer.drain()

    async def body(self) -> bytes:
        if "content-length" in self.head.lower():
            return await self.reader.readexactly(3)
        return await self.reader.readuntil(b"0\r\n\r\n")


@dataclass
class Server:
    """A server with a behaviour for every request; keeps heads, and counts connections."""

    behave: Behaviour
    certificate: str = ""
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    connections: int = 0
    ended: int = 0

    async def __aenter__(self) -> Server:
        context = None
        if self.certificate:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(self.certificate)
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context, backlog=512)
        self.address = self.server.sockets[0].getsockname()[:2]
        self.wire = TargetWire()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.wire.close()
        self.server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.heads.append(head)
                await self.behave(Exchange(reader, writer, head))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.ended += 1
            writer.close()

    async def get(self, path: str = "/", **changes: Any) -> tuple[int, bytes]:
        """Status and body of an answer."""
        settings = {"method": "GET", "headers": (("Host", "a"),), "body": None, "idle_seconds": 5.0, **changes}
        reply = await self.wire.send(Call(self.address, bool(self.certificate), path=path, **settings))
        try:
            return reply.status, b"".join([part async for part in reply.parts()])
        finally:
            await reply.close()

    async def fails(self, **changes: Any) -> str:
        """Kind of the error that a request ends with."""
        try:
            return f"answered {(await self.get(**changes))[0]}"
        except HopError as error:
            return error.kind


async def ok(exchange: Exchange) -> None:
    await exchange.send(OK)


async def keeps_alive(certificate: str) -> object:
    async with Server(ok, certificate) as server:
        answers = [await server.get("/a%2Fb?c=%20d") for _ in range(3)]
        return [answers, server.connections, server.heads[0].split("\r\n")[0]]


async def connection_close(_: str) -> object:
    async def behave(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nuntil the end")
        exchange.writer.close()

    async with Server(behave) as server:
        return [[await server.get() for _ in range(2)], server.connections]


async def closed_while_unused(_: str) -> object:
    async def behave(exchange: Exchange) -> None:
        await exchange.send(OK)
        exchange.writer.close()

    async with Server(behave) as server:
        first = await server.get()
        await asyncio.sleep(0.05)
        return [first, await server.get(), server.connections]


async def ended_target(_: str) -> object:
    async def behave(exchange: Exchange) -> None:
        await exchange.send(OK)
        asyncio.get_running_loop().call_later(0.1, exchange.writer.write_eof)

    async with Server(behave) as ended, Server(ok) as other:
        await ended.get()
        await asyncio.sleep(0.3)
        other.wire = ended.wire
        await other.get()
        await asyncio.sleep(0.1)
        return ended.ended


async def posts(_: str) -> object:
    async def behave(exchange: Exchange) -> None:
        server.bodies.append(await exchange.body())
        await exchange.send(OK)

    async with Server(behave) as server:
        measured = (("Host", "a"), ("Content-Length", "3"))
        await server.get(method="POST", headers=measured, body=whole(b"abc"))
        await server.get(method="POST", body=whole(b"abc"))
        return [each.decode() for each in server.bodies]


async def streams(certificate: str) -> object:
    async def behave(exchange: Exchange) -> None:
        await exchange.send(CHUNKED)
        for _ in range(3):
            await asyncio.sleep(0.15)
            await exchange.send(b"3\r\nabc\r\n")
        await exchange.send(b"0\r\n\r\n")

    async with Server(behave, certificate) as server:
        began, times = time.monotonic(), []
        reply = await server.wire.send(Call(server.address, True, "GET", "/", (("Host", "a"),), None, 0.4))
        async for _ in reply.parts():
            times.append(time.monotonic() - began)
        await reply.close()
        # The whole takes longer than the idle timeout, which each part starts anew.
        return [len(times), times[0] < 0.35, times[-1] > 0.4]


async def failures(_: str) -> object:
    async def reset(exchange: Exchange) -> None:
        exchange.writer.transport.abort()

    async def garbage(exchange: Exchange) -> None:
        await exchange.send(b"SSH-2.0-OpenSSH\r\n\r\n")

    async def silent(_: Exchange) -> None:
        await asyncio.sleep(5)

    async def short(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc")
        exchange.writer.close()

    async def stuck(exchange: Exchange) -> None:
        await exchange.send(CHUNKED + b"3\r\nabc\r\n")
        await asyncio.sleep(5)

    found: dict[str, object] = {}
    for broken in (reset, garbage, silent, short, stuck):
        async with Server(broken) as server:
            found[broken.__name__] = [await server.fails(idle_seconds=0.2), len(server.heads)]
    async with Server(ok) as server:
        await server.wire.close()
        server.server.close()
        await server.server.wait_closed()
        found["closed"] = [await server.fails(), 0]
    async with Server(ok) as server:
        # It waits for a request, the load balancer for the handshake.
        server.certificate, server.wire = "unused", TargetWire(connect_seconds=0.2)
        found["no TLS"] = [await server.fails(), 0]
    return found


async def hangs_up(_certificate: str) -> object:
    async def behave(exchange: Exchange) -> None:
        await exchange.send(CHUNKED)
        while True:
            await exchange.send(b"3\r\nabc\r\n")
            await asyncio.sleep(0.02)

    async with Server(behave) as server:
        reply = await server.wire.send(Call(server.address, False, "GET", "/", (("Host", "a"),), None, 5))
        async for _ in reply.parts():
            break
        await reply.close()
        await asyncio.sleep(0.2)
        return server.ended


async def drained(certificate: str) -> object:
    async def behave(exchange: Exchange) -> None:
        await exchange.send(CHUNKED + b"3\r\nabc\r\n")
        await asyncio.sleep(5)

    async with Server(behave, certificate) as server:
        known = KnownTarget(Target("10.0.0.1", 443), "healthy", ("", ""), 0.0)
        running = Running(known, lambda _: None)
        reply = await running.wait(server.wire.send(Call(server.address, True, "GET", "/", (("Host", "a"),), None, 5)))
        asyncio.get_running_loop().call_later(0.1, known.cut)
        got, kind = b"", ""
        try:
            async for part in RunningBody(reply, running):
                got += part
        except HopError as error:
            kind = error.kind
        task = asyncio.current_task()
        assert task is not None
        await asyncio.sleep(0)
        return [got, kind, task.cancelling(), len(known.running)]


async def many(certificate: str) -> object:
    async def behave(exchange: Exchange) -> None:
        await exchange.send(CHUNKED)
        for _ in range(5):
            await asyncio.sleep(0.1)
            await exchange.send(b"3\r\nabc\r\n")
        await exchange.send(b"0\r\n\r\n")

    async with Server(behave, certificate) as server:
        began = time.process_time()
        for _ in range(2):
            answers = await asyncio.gather(*(server.get(idle_seconds=30.0) for _ in range(200)))
            assert set(answers) == {(200, b"abc" * 5)}, answers
        return [server.connections, time.process_time() - began < 15]


CASES = (
    keeps_alive,
    connection_close,
    closed_while_unused,
    ended_target,
    posts,
    streams,
    failures,
    hangs_up,
    drained,
    many,
)


async def main() -> None:
    found: dict[str, object] = {}
    for case in CASES:
        found[case.__name__] = await case(sys.argv[1])
    print(json.dumps(found, default=lambda value: value.decode()))


if __name__ == "__main__":
    asyncio.run(main())
