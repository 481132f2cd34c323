"""Output of a container: kept line by line, and followed by whoever reads the log."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from itertools import islice

OUTPUT, ERRORS = 1, 2
# Lines kept for a reader that comes late; the awslogs driver reads from the start on.
KEPT_LINES = 10_000
# A longer line is divided, as Docker divides it.
LONGEST_LINE = 16 * 1024


class Log:
    """Lines of both streams in the order they came; `heard` is told each."""

    def __init__(self) -> None:
        self.heard: Callable[[bytes], None] | None = None
        self._lines: deque[tuple[int, int, bytes]] = deque(maxlen=KEPT_LINES)
        self._count = 0
        self._ended = False
        self._news = asyncio.Event()

    async def read(self, stream: asyncio.StreamReader, kind: int) -> None:
        """Take a stream's lines until it ends."""
        rest = b""
        while block := await stream.read(LONGEST_LINE):
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                self.add(kind, line + b"\n")
            while len(rest) >= LONGEST_LINE:
                self.add(kind, rest[:LONGEST_LINE])
                rest = rest[LONGEST_LINE:]
        if rest:
            self.add(kind, rest)

    def add(self, kind: int, line: bytes) -> None:
        """Add a line."""
        if self.heard is not None:
            self.heard(line)
        self._lines.append((self._count, kind, line))
        self._count += 1
        self._wake()

    def end(self) -> None:
        """Let those who follow the log go: nothing comes any more."""
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def frames(self, kinds: tuple[int, ...], *, follow: bool, tail: int | None = None) -> AsyncIterator[bytes]:
        """Lines as the Engine sends them, each behind a header with its stream and length; the last `tail` of them."""
        seen = 0 if tail is None else max(0, self._count - tail)
        while True:
            news = self._news
            first = self._lines[0][0] if self._lines else 0
            for number, kind, line in tuple(islice(self._lines, max(0, seen - first), None)):
                seen = number + 1
                if kind in kinds:
                    yield bytes((kind, 0, 0, 0)) + len(line).to_bytes(4, "big") + line
            if self._ended or not follow:
                return
            await news.wait()
