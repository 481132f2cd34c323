"""One fetch of one address: every redirect judged anew, bytes and time counted."""

from __future__ import annotations

import http.client
import io
import ssl
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from socket import socket

from ingestion.errors import Busy, PageFailed

from .addresses import AddressRules, Target, join, parse
from .deadlines import Deadline
from .decoding import ACCEPTED, decode
from .network import Network, open_connection

# As many as RFC 9309 asks for robots.txt.
MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_CHUNK_BYTES = 16 * 1024


@dataclass(frozen=True)
class Limits:
    """What an answer may be.

    Args:
        body_bytes: Of the body, on the way and decompressed.
        types: Media types accepted; None accepts all.
        truncate: Take the first `body_bytes` of a longer body, in place of an error.
    """

    body_bytes: int
    types: Collection[str] | None = None
    truncate: bool = False


@dataclass(frozen=True)
class Response:
    """A body with status 200.

    Args:
        address: Where it was in the end, after redirects.
        type: Media type in lower case, without parameters.
        charset: As the header says, in lower case; empty when it says nothing.
        robots: Values of the X-Robots-Tag headers.
    """

    address: str
    type: str
    charset: str
    body: bytes
    robots: str


class Fetcher:
    """GET requests without cookies, credentials or proxies."""

    def __init__(
        self,
        *,
        user_agent: str,
        rules: AddressRules,
        network: Network | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.user_agent = user_agent
        self._rules = rules
        self._network = network or Network()
        self._tls = tls or ssl.create_default_context()

    def fetch(
        self, address: str, *, limits: Limits, deadline: Deadline, admit: Callable[[Target], None] = lambda target: None
    ) -> Response:
        """Fetch what is at `address`, or where it redirects to.

        Args:
            admit: Asked before each request, the first too; raises PageFailed for what may not be fetched.

        Raises PageFailed and Busy with the codes of `ingestion.errors`.
        """
        target = parse(address)
        for redirects in range(MOST_REDIRECTS + 1):
            try:
                admit(target)
                answer = self._once(target, limits, deadline)
            except PageFailed as error:
                if redirects and error.code in {"address_refused", "host_refused"}:
                    raise PageFailed("redirect_refused") from None
                raise
            if isinstance(answer, Response):
                return answer
            target = answer
        raise PageFailed("too_many_redirects")

    def _once(self, target: Target, limits: Limits, deadline: Deadline) -> Response | Target:
        with open_connection(
            target, rules=self._rules, network=self._network, tls=self._tls, deadline=deadline
        ) as connection:
            try:
                return self._exchange(connection, target, limits, deadline)
            except TimeoutError:
                raise PageFailed("too_slow") from None
            except (ConnectionError, http.client.IncompleteRead):
                raise Busy("unreachable") from None
            except (http.client.HTTPException, UnicodeError, ValueError):
                raise PageFailed("protocol") from None
            except OSError:
                raise Busy("unreachable") from None

    def _exchange(self, connection: socket, target: Target, limits: Limits, deadline: Deadline) -> Response | Target:
        client = http.client.HTTPConnection(target.host, target.port)
        client.sock = _Channel(connection, deadline)
        client.request("GET", target.path, headers=self._headers(target))
        answer = client.getresponse()
        if answer.status in _REDIRECTS and "Location" in answer.headers:
            return _redirected(target, answer.headers["Location"])
        if answer.status == 429 or answer.status >= 500:
            raise Busy(f"status_{answer.status}")
        if answer.status != 200:
            raise PageFailed(f"status_{answer.status}")
        return _read(target, answer, limits)

    def _headers(self, target: Target) -> dict[str, str]:
        return {
            "Host": target.authority,
            "User-Agent": self.user_agent,
            "Accept": "text/html, application/xhtml+xml, text/markdown, text/plain, application/xml;q=0.9, */*;q=0.1",
            "Accept-Encoding": ACCEPTED,
            "Connection": "close",
        }


class _Channel:
    """The part of a socket that http.client uses, each use within what is left of the time."""

    def __init__(self, connection: socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        self._connection.settimeout(self._deadline.left())
        self._connection.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self._connection, self._deadline), _CHUNK_BYTES)

    def close(self) -> None:
        """Left to whoever opened the connection."""


class _Incoming(io.RawIOBase):
    def __init__(self, connection: socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._connection.settimeout(self._deadline.left())
        return self._connection.recv_into(buffer)


def _redirected(target: Target, location: str) -> Target:
    try:
        # http.client reads headers as Latin-1; servers send UTF-8.
        found = parse(join(target.address, location.encode("latin-1", "replace").decode(errors="replace")))
    except PageFailed:
        raise PageFailed("redirect_refused") from None
    if target.scheme == "https" and found.scheme == "http":
        raise PageFailed("redirect_refused")
    return found


def _read(target: Target, answer: http.client.HTTPResponse, limits: Limits) -> Response:
    # Not get_content_type(), for which everything that it can't read is plain text.
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if limits.types is not None and kind not in limits.types:
        raise PageFailed("type")
    encoding = ",".join(answer.headers.get_all("Content-Encoding", []))
    body = decode(_chunks(answer), encoding, limit_bytes=limits.body_bytes, truncate=limits.truncate)
    charset = answer.headers.get_content_charset("") or ""
    robots = ",".join(answer.headers.get_all("X-Robots-Tag", []))
    return Response(target.address, kind, charset, body, robots)


def _chunks(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    """What arrives. Raises Busy when the connection ends before the length that was announced."""
    while chunk := answer.read(_CHUNK_BYTES):
        yield chunk
    if answer.length:
        raise Busy("unreachable")
