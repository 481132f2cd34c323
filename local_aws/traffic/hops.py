"""Requests and answers on their way through the plane, in parts small enough to stream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, replace

from local_aws.traffic.road import Road

Headers = tuple[tuple[str, str], ...]


async def nothing() -> AsyncIterator[bytes]:
    """An empty body."""
    parts: tuple[bytes, ...] = ()
    for part in parts:
        yield part


async def whole(content: bytes) -> AsyncIterator[bytes]:
    """A body that is there at once."""
    if content:
        yield content


async def closed(body: AsyncIterator[bytes]) -> None:
    """End a body that nobody reads to its end, so that its connection is given up."""
    close = getattr(body, "aclose", None)
    if close is not None:
        await close()


@dataclass(frozen=True)
class Ask:
    """A request at one hop. `path` is as it was sent, with its query; `client` the address it came from.

    Header names are as sent; compare them in lower case (`header`). `body` can be read once.
    """

    method: str
    path: str
    headers: Headers
    body: AsyncIterator[bytes]
    scheme: str
    client: str
    road: Road

    def header(self, name: str) -> str | None:
        """First value of a header, whatever the case of its name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def with_headers(self, changes: Iterable[tuple[str, str | None]]) -> Ask:
        """The request with headers replaced, or removed where the value is None."""
        changes = tuple(changes)
        gone = {name.lower() for name, _ in changes}
        kept = [(key, value) for key, value in self.headers if key.lower() not in gone]
        return replace(self, headers=(*kept, *((name, value) for name, value in changes if value is not None)))


@dataclass(frozen=True)
class Answer:
    """An answer at one hop; `body` streams and can be read once."""

    status: int
    headers: Headers = ()
    body: AsyncIterator[bytes] = field(default_factory=nothing)

    def header(self, name: str) -> str | None:
        """First value of a header, whatever the case of its name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


def page(status: int, text: str, content_type: str = "text/html; charset=utf-8") -> Answer:
    """A short answer of a hop itself."""
    content = text.encode()
    headers = (("content-type", content_type), ("content-length", str(len(content))))
    return Answer(status, headers, whole(content))


class HopError(Exception):
    """A hop could not get an answer from the next one; `kind` is "refused", "timeout" or "cut".

    `connected` is true where a connection was made before the time ran out.
    """

    def __init__(self, kind: str, detail: str, *, connected: bool = False) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.connected = connected
