"""The time to the first token of an answer: what counts, and what is no answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tools.bench.first_token.asking import AskingError, connection_to, first_token_ms

KEEPALIVE, TOKEN, DONE = ": keep-alive\n\n", 'event: token\ndata: {"text": "a"}\n\n', "event: done\ndata: {}\n\n"
Ask = Callable[..., float]


class _Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    parts: tuple[str | float, ...]
    status: int
    connections: set[Any]

    def do_POST(self) -> None:
        self.connections.add(self.client_address)
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in self.parts:
            if isinstance(part, float):
                time.sleep(part)
            else:
                self.wfile.write(f"{len(part):x}\r\n{part}\r\n".encode())
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def ask() -> Iterator[Ask]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with closing(connection_to(server.server_port, tls=False)) as connection:

        def asked(*parts: str | float, status: int = 200) -> float:
            _Site.parts, _Site.status = parts, status
            return first_token_ms(connection)

        _Site.connections = set()
        yield asked
    server.shutdown()
    server.server_close()


def test_signs_of_life_and_other_events_are_no_token(ask: Ask) -> None:
    sources = "event: sources\ndata: {}\n\n"
    assert ask(KEEPALIVE, sources, 0.05, TOKEN, TOKEN, DONE) >= 50


def test_only_the_first_token_counts_and_the_connection_is_kept(ask: Ask) -> None:
    slow = ask(0.2, TOKEN, DONE)
    assert ask(TOKEN, 0.2, TOKEN, DONE) < slow
    assert len(_Site.connections) == 1


@pytest.mark.parametrize("parts", [(TOKEN,), (DONE,), (KEEPALIVE,), (TOKEN, DONE, "event: error\ndata: {}\n\n")])
def test_an_answer_that_does_not_end_well_is_none(ask: Ask, parts: tuple[str, ...]) -> None:
    with pytest.raises(AskingError, match=r"no whole answer: its last event is (token|done|none|error)"):
        ask(*parts)


def test_another_status_is_told(ask: Ask) -> None:
    with pytest.raises(AskingError, match="503: b'busy'"):
        ask("busy", status=503)
