"""Answers that are kept, the least recently used of them going first."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from local_aws.traffic.edge.bodies import Derived
from local_aws.traffic.hops import Answer, Headers, whole

# Bounds of this emulation: CloudFront's own largest object has 50 GB.
LARGEST_BODY_BYTES = 4 * 1024 * 1024
LARGEST_STORE_BYTES = 64 * 1024 * 1024
# What an entry takes besides its headers and its body, about.
_ENTRY_BYTES = 1024

Key = tuple[str, ...]


@dataclass(frozen=True)
class Kept:
    """An answer with its body, since when it is kept and how long it is fresh, in seconds.

    `error` is true for what stands for an error, whatever its status: once it isn't fresh any more it is worth nothing.
    """

    status: int
    headers: Headers
    content: bytes
    since: float
    fresh_for: float
    error: bool = False

    def answer(self, *, head: bool, age: int | None = None) -> Answer:
        """The answer, with its age where it comes from the cache."""
        headers = tuple((name, value) for name, value in self.headers if name.lower() != "age" or age is None)
        told = headers if age is None else (*headers, ("age", str(age)))
        return Answer(self.status, told, whole(b"" if head else self.content))

    def header(self, name: str) -> str | None:
        """First value of a header, whatever the case of its name."""
        return Answer(self.status, self.headers).header(name)

    @property
    def size(self) -> int:
        """Bytes that it takes: an answer without a body isn't kept for nothing."""
        return _ENTRY_BYTES + len(self.content) + sum(len(name) + len(value) for name, value in self.headers)


class Store:
    """Answers by key."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._size = 0

    def find(self, key: Key) -> Kept | None:
        """What is kept under a key, fresh or not."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def fresh(self, kept: Kept) -> bool:
        """Whether it may be served without asking the origin."""
        return self.now() - kept.since < kept.fresh_for

    def age(self, kept: Kept) -> int:
        """Seconds since it was kept."""
        return int(self.now() - kept.since)

    def keep(
        self, key: Key, status: int, headers: Headers, content: bytes, seconds: float, *, error: bool = False
    ) -> Kept:
        """Keep an answer; the oldest go where it is too much."""
        self.drop(key)
        kept = Kept(status, headers, content, self.now(), seconds, error)
        self._kept[key] = kept
        self._size += kept.size
        while self._size > LARGEST_STORE_BYTES:
            self.drop(next(iter(self._kept)))
        return kept

    def drop(self, key: Key) -> None:
        """Forget what is kept under a key."""
        gone = self._kept.pop(key, None)
        if gone is not None:
            self._size -= gone.size

    def keeping(self, key: Key, answer: Answer, seconds: float, *, error: bool = False) -> Answer:
        """The answer, kept once its body has passed whole; one that is too long is passed on only."""
        return Answer(answer.status, answer.headers, Derived(answer.body, self._copied(key, answer, seconds, error)))

    async def _copied(self, key: Key, answer: Answer, seconds: float, error: bool) -> AsyncIterator[bytes]:
        chunks: list[bytes] | None = []
        size = 0
        async for chunk in answer.body:
            size += len(chunk)
            if chunks is not None:
                if size <= LARGEST_BODY_BYTES:
                    chunks.append(chunk)
                else:
                    chunks = None
            yield chunk
        length = answer.header("content-length")
        if chunks is not None and (length is None or int(length) == size):
            self.keep(key, answer.status, answer.headers, b"".join(chunks), seconds, error=error)
