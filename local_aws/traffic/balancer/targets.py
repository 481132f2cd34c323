"""Connections to targets over HTTP/1.1, kept alive. The one module that needs httpcore, which is httpx's inside.

httpx itself isn't used: its pool looks at every connection whenever one becomes free, and with 200 of them a release
takes 0.1 s of the processor.
"""

from __future__ import annotations

import ssl
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress

import httpcore

from local_aws.traffic.balancer.wire import Call
from local_aws.traffic.hops import Headers, HopError

# How long a load balancer tries to connect (ELB guide, "HTTP 504").
CONNECT_SECONDS = 10.0
# How long an unused connection to a target is kept. Targets close theirs earlier or later; that is noticed.
KEPT_SECONDS = 60.0
_BROKEN = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ConnectionNotAvailable)
Key = tuple[str, int, bool]


class _Progress:
    """How far a new connection got."""

    connected = False

    async def __call__(self, event: str, _: object) -> None:
        self.connected = self.connected or event == "connection.connect_tcp.complete"


class TargetReply:
    """An answer whose body hasn't been read."""

    def __init__(self, response: httpcore.Response, wire: TargetWire, key: Key, used: httpcore.AsyncHTTPConnection):
        self._response = response
        self._wire, self._key, self._used = wire, key, used
        self.status: int = response.status
        self.headers: Headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers
        )

    async def parts(self) -> AsyncIterator[bytes]:
        """The body as it arrives, as it is encoded."""
        try:
            async for part in self._response.aiter_stream():
                yield part
        except httpcore.TimeoutException as late:
            raise HopError("timeout", "the target sent nothing for the idle timeout") from late
        except _BROKEN as cut:
            raise HopError("cut", f"the target broke off its answer ({cut or type(cut).__name__})") from cut

    async def close(self) -> None:
        """Give the connection back, or close it if the body wasn't read to its end."""
        with suppress(*_BROKEN, httpcore.TimeoutException):
            await self._response.aclose()
        await self._wire.give_back(self._key, self._used)


class TargetWire:
    """Connections to targets, kept alive per address. Certificates aren't looked at, as ELB doesn't (target groups)."""

    def __init__(self, connect_seconds: float = CONNECT_SECONDS) -> None:
        self._connect_seconds = connect_seconds
        self._tls = ssl.create_default_context()
        self._tls.check_hostname = False
        self._tls.verify_mode = ssl.CERT_NONE
        self._unused: dict[Key, deque[httpcore.AsyncHTTPConnection]] = {}

    async def send(self, call: Call) -> TargetReply:
        """Send a request once. A connection that the target closes meanwhile ends it, as with ELB."""
        key = (*call.address, call.tls)
        connection = await self._connection(key)
        progress = _Progress()
        try:
            return TargetReply(
                await connection.handle_async_request(self._request(call, progress)), self, key, connection
            )
        except httpcore.ConnectTimeout as late:
            # A handshake that takes too long is 502 to ELB, a connection that does 504 (ELB guide, "Troubleshoot").
            kind, what = ("cut", "TLS handshake") if progress.connected else ("timeout", "connection")
            raise HopError(kind, f"no {what} within {self._connect_seconds:g} s") from late
        except httpcore.TimeoutException as late:
            raise HopError("timeout", f"no answer in time ({type(late).__name__})", connected=True) from late
        except httpcore.ConnectError as refused:
            raise HopError("refused", f"no connection ({refused})") from refused
        except _BROKEN as cut:
            raise HopError("cut", f"no valid answer ({cut or type(cut).__name__})") from cut

    async def give_back(self, key: Key, connection: httpcore.AsyncHTTPConnection) -> None:
        """Keep a connection for the next request, if the target keeps it too."""
        unused = self._unused.setdefault(key, deque())
        if connection.is_idle() and not connection.has_expired():
            unused.append(connection)
        else:
            await connection.aclose()
        await self._drop_expired()

    async def close(self) -> None:
        """Close all connections that aren't in use."""
        for unused in self._unused.values():
            while unused:
                await unused.pop().aclose()

    async def _drop_expired(self) -> None:
        """Close the oldest connections that a target has closed or that are too old, of targets that ended as well."""
        for key, unused in tuple(self._unused.items()):
            while unused and unused[0].has_expired():
                await unused.popleft().aclose()
            if not unused:
                self._unused.pop(key, None)

    async def _connection(self, key: Key) -> httpcore.AsyncHTTPConnection:
        """The connection that was used last, as long as the target hasn't closed it; else a new one."""
        unused = self._unused.get(key)
        while unused:
            connection = unused.pop()
            if not connection.has_expired():
                return connection
            await connection.aclose()
        host, port, tls = key
        origin = httpcore.Origin(b"https" if tls else b"http", host.encode(), port)
        return httpcore.AsyncHTTPConnection(origin, ssl_context=self._tls, keepalive_expiry=KEPT_SECONDS)

    def _request(self, call: Call, progress: _Progress) -> httpcore.Request:
        host, port = call.address
        url = httpcore.URL(
            scheme=b"https" if call.tls else b"http", host=host.encode(), port=port, target=call.path.encode("latin-1")
        )
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in call.headers]
        measured = any(name.lower() == b"content-length" for name, _ in headers)
        if call.body is not None and not measured:
            headers.append((b"transfer-encoding", b"chunked"))
        idle = call.idle_seconds
        timeouts = {"connect": self._connect_seconds, "read": idle, "write": idle, "pool": None}
        extensions = {"timeout": timeouts, "trace": progress}
        return httpcore.Request(call.method, url, headers=headers, content=call.body or b"", extensions=extensions)
