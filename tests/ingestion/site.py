"""Sites on loopback for the tests, and a network in which names and public addresses lead to them."""

from __future__ import annotations

import http.server
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ingestion.web.network import Network

USER_AGENT = "SiteChat/1.0 (+https://site.example/bot)"
# Where nobody of ours lives; nothing is ever sent there, since `Names` leads it to loopback.
PUBLIC = "93.184.215.14"
# An endless answer ends here, should nobody hang up.
MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """What a path answers."""

    body: bytes = b""
    type: str = "text/html"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


Reply = Answer | Callable[[http.server.BaseHTTPRequestHandler], None]


@dataclass
class Site:
    """A server's pages, and what it was asked for."""

    port: int = 0
    pages: dict[str, Reply] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def html(self, path: str, body: str, **more: object) -> None:
        self.pages[path] = Answer(f"<!doctype html><html><body>{body}</body></html>".encode())

    def redirect(self, path: str, location: str, status: int = 302) -> None:
        self.pages[path] = Answer(status=status, headers=(("Location", location),))

    @property
    def pages_asked(self) -> list[str]:
        return [path for path in self.asked if path != "/robots.txt"]

    def url(self, path: str) -> str:
        """Address of a path for those who may go to loopback."""
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[Site]:
    """A site on a free port of loopback, by https with a certificate."""
    site = Site()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            site.headers.append(dict(self.headers.items()))
            reply = site.pages.get(self.path, Answer(b"not here", status=404))
            if not isinstance(reply, Answer):
                reply(self)
                return
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.type)
            self.send_header("Content-Length", str(len(reply.body)))
            for name, value in reply.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *arguments: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *arguments: object) -> None:
            """Clients that hang up are what is tested."""

    server = Server(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def endless(handler: http.server.BaseHTTPRequestHandler) -> None:
    """A page without end."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    for _ in range(MOST_BYTES // 65536):
        handler.wfile.write(b"more " * 13107)


class Names(Network):
    """DNS and routes of the tests.

    Args:
        names: Addresses of names, one answer after the other; the last one stays.
        routes: Ports of loopback behind addresses and ports.
    """

    def __init__(self, names: dict[str, list[Sequence[str]]], routes: dict[tuple[str, int], int]) -> None:
        self._names = names
        self._routes = routes
        self.resolved: list[str] = []
        self.connected: list[tuple[str, int]] = []

    def resolve(self, host: str, port: int, seconds: float) -> Sequence[str]:
        self.resolved.append(host)
        if host not in self._names:
            return super().resolve(host, port, seconds)
        answers = self._names[host]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def connect(self, ip: str, port: int, seconds: float) -> socket.socket:
        self.connected.append((ip, port))
        if (ip, port) not in self._routes:
            raise ConnectionRefusedError
        return super().connect("127.0.0.1", self._routes[ip, port], seconds)
