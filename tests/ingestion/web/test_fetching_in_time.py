"""Servers and resolvers that are slow, or not there."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ingestion.errors import Busy, PageFailed
from tests.ingestion.fetches import fetch
from tests.ingestion.site import PUBLIC, Names

# Some twenty seconds: what waits for the end of a dripping answer fails by another code.
MOST_DROPS = 1000


@contextmanager
def dripping(first: bytes, drop: bytes) -> Iterator[int]:
    """Port of a server that sends `first`, then `drop` again and again, until the client hangs up or the test ends."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                try:
                    connection.sendall(first)
                    for _ in range(MOST_DROPS):
                        if over.wait(0.02):
                            return
                        connection.sendall(drop)
                except OSError:
                    return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            thread.join()


@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (b"", b""),
        (b"HTTP/1.1 200 OK\r\nX-", b"a"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 60000\r\n\r\n", b"a"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    ],
    ids=["silence", "headers", "continue", "body", "chunks"],
)
def test_time_counts_in_all_however_often_something_arrives(first: bytes, drop: bytes) -> None:
    with dripping(first, drop) as port, pytest.raises(PageFailed, match=r"^too_slow$"):
        fetch(f"http://127.0.0.1:{port}/", allowed=frozenset({f"127.0.0.1:{port}"}), seconds=0.3)


def test_a_handshake_without_end_is_too_slow(trust: ssl.SSLContext) -> None:
    with dripping(b"", b"") as port:
        network = Names({"site.example": [[PUBLIC]]}, {(PUBLIC, 443): port})
        with pytest.raises(PageFailed, match=r"^too_slow$"):
            fetch("https://site.example/", network=network, tls=trust, seconds=0.3)


def test_a_resolver_that_does_not_answer_is_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def wait(*arguments: object, **options: object) -> list[object]:
        over.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    with pytest.raises(PageFailed, match=r"^too_slow$"):
        fetch("http://site.example/", seconds=0.1)
    over.set()


@pytest.mark.parametrize(
    ("error", "raised", "code"),
    [
        (socket.gaierror(socket.EAI_NONAME, "no such name"), PageFailed, "unknown_host"),
        (socket.gaierror(socket.EAI_AGAIN, "try again"), Busy, "unreachable"),
        (UnicodeError("label too long"), PageFailed, "unknown_host"),
    ],
)
def test_names_that_are_not_found(
    error: Exception, raised: type[Exception], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(raised, match=rf"^{code}$"):
        fetch("http://site.example/")


def test_nobody_listening_is_to_be_tried_again() -> None:
    with pytest.raises(Busy, match=r"^unreachable$"):
        fetch("http://site.example/", network=Names({"site.example": [[PUBLIC]]}, {}))
