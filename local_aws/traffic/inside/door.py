"""The port to which functions connect when they ask for a load balancer, or for a site at CloudFront.

A connection begins with a line: the function's ARN, the name that it asks for, the port. The answer is one byte: "+"
where the connection is made, "r" where it is refused, "t" where its packets would be dropped.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.endpoint import LOOPBACK
from local_aws.traffic.balancer import Balancers
from local_aws.traffic.balancer.balancers import Entrance
from local_aws.traffic.edge import Edge
from local_aws.traffic.hops import Answer, Ask, HopError
from local_aws.traffic.inside.certificates import Certificates
from local_aws.traffic.inside.functions import sources_of
from local_aws.traffic.network import Source
from local_aws.traffic.road import RoadBook
from local_aws.traffic.serving import App, Hop, Receive, Scope, Send, bound_socket, viewer_app, viewer_server
from local_aws.traffic.world import World

_BLOCK = 64 * 1024
_LINE_SECONDS = 10.0
BALANCERS, HTTPS = ".elb.amazonaws.com", 443


@dataclass(frozen=True)
class _Way:
    """A connection that was made: where its requests go, and with what it speaks TLS, if it does."""

    hop: Hop
    tls: ssl.SSLContext | None


class InsideDoor:
    """Connections of functions; `certificate` is the run's certificate and key, which functions trust."""

    def __init__(self, world: World, balancers: Balancers, edge: Edge, roads: RoadBook, certificate: Path) -> None:
        self._world, self._balancers, self._edge, self._roads = world, balancers, edge, roads
        self._certificates = Certificates(world, certificate)
        self._ways: dict[int, _Way] = {}
        self._inner = bound_socket()

    async def serve(self, listening: socket.socket) -> None:
        """Serve until cancelled."""
        inner = asyncio.create_task(viewer_server(self._app()).serve(sockets=[self._inner]))
        outer = await asyncio.start_server(self._connected, sock=listening)
        try:
            async with outer:
                await outer.serve_forever()
        finally:
            inner.cancel()
            with suppress(asyncio.CancelledError):
                await inner

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_LINE_SECONDS):
                function, name, port = (await reader.readline()).decode().split()
            way = await self._way(function, name, int(port))
            # What comes after the answer has to be read by whoever speaks TLS, not before.
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            writer.write(b"+")
            if way.tls is not None:
                await writer.start_tls(way.tls)
            else:
                writer.transport.resume_reading()  # type: ignore[attr-defined]
            await self._relayed(way, reader, writer)
        except HopError as refused:
            print(f"inside: {refused.detail}", file=sys.stderr, flush=True)
            writer.write(b"r" if refused.kind == "refused" else b"t")
        except (OSError, ValueError, TimeoutError, BotoCoreError, ClientError) as problem:
            print(f"inside: {problem!r}", file=sys.stderr, flush=True)
        finally:
            writer.close()

    async def _way(self, function: str, name: str, port: int) -> _Way:
        """The way of a function. Raises HopError where there is none from one of its subnets.

        Outside a VPC it leads to what the internet has, sites at CloudFront over HTTPS; inside, to load balancers.
        """
        sources = await sources_of(self._world, function)
        if not name.endswith(BALANCERS):
            if sources or port != HTTPS:
                raise HopError("timeout" if sources else "refused", f"no way from {function} to {name}:{port}")
            return _Way(self._edge.answer, self._certificates.named(name))
        if not sources:
            raise HopError("timeout", f"{function} is in no VPC: {name} isn't reached")
        entrance = None
        for source in sources:
            entrance = await self._balancers.entrance(name, port, source)
        assert entrance is not None
        tls = await self._certificates.context(entrance.certificates) if entrance.tls else None
        return _Way(partial(self._asked, entrance, sources[0]), tls)

    async def _relayed(self, way: _Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry the connection to the server that knows it by its port."""
        inner_reader, inner_writer = await asyncio.open_connection(*self._inner.getsockname())
        port = inner_writer.get_extra_info("sockname")[1]
        self._ways[port] = way
        carrying = [asyncio.create_task(_carried(*each)) for each in ((reader, inner_writer), (inner_reader, writer))]
        try:
            await asyncio.wait(carrying, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in carrying:
                task.cancel()
            await asyncio.gather(*carrying, return_exceptions=True)
            inner_writer.close()
            self._ways.pop(port, None)

    def _app(self) -> App:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            way = self._ways.get((scope.get("client") or (LOOPBACK, 0))[1])
            if scope["type"] == "http" and way is not None:
                scheme = "https" if way.tls else "http"
                await viewer_app(way.hop, self._roads, scheme=scheme)(scope, receive, send)

        return app

    async def _asked(self, entrance: Entrance, source: Source, ask: Ask) -> Answer:
        return await self._balancers.answer(entrance.balancer, entrance.port, ask, source)


async def _carried(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while block := await reader.read(_BLOCK):
        writer.write(block)
        await writer.drain()
