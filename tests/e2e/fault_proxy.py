"""Loopback proxy before the emulated AWS: some requests get errors, as AWS words them, and some answers are lost."""

from __future__ import annotations

import http.client
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from local_aws import Endpoint

OPERATION = b"Action="
HOP_BY_HOP = ("connection", "transfer-encoding", "content-length", "expect")


@dataclass(frozen=True)
class Asked:
    """Request to AWS; the operation is the query protocol's `Action`, or the JSON protocols' target."""

    method: str
    path: str
    operation: str


@dataclass(frozen=True)
class Fault:
    """Error for requests that `when` selects: `status` and `code`, after `after` of them, and at most `times`.

    With `lost` they are carried out, and the connection breaks instead of an answer.
    """

    when: Callable[[Asked], bool]
    status: int
    code: str
    after: int = 0
    times: int = 1_000_000
    lost: bool = False


@dataclass
class FaultProxy:
    """Proxy whose `faults` may be set at any time; `asked` are all requests so far.

    `before` is called with each request and says whether it is carried out, `rewrite` gets each answer's body.
    """

    url: str
    faults: list[Fault] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    before: Callable[[Asked], bool] = lambda asked: True
    rewrite: Callable[[Asked, bytes], bytes] = lambda asked, body: body
    _met: dict[int, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def inject(self, fault: Fault) -> None:
        self.faults.append(fault)

    def heal(self) -> None:
        """Answer everything as the emulated AWS does, and forget what was counted."""
        self.faults.clear()
        self._met.clear()

    def fault_for(self, request: Asked) -> Fault | None:
        with self._lock:
            self.asked.append(request)
            for fault in self.faults:
                if fault.when(request):
                    met = self._met.get(id(fault), 0)
                    self._met[id(fault)] = met + 1
                    return fault if fault.after <= met < fault.after + fault.times else None
            return None


@contextmanager
def fault_proxy(endpoint: Endpoint) -> Iterator[FaultProxy]:
    """Run a proxy as long as the block."""
    server = _Server(("127.0.0.1", 0), _handler(endpoint))
    server.daemon_threads = True
    server.proxy = FaultProxy(f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.proxy  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about clients that were killed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _handler(endpoint: Endpoint) -> type[BaseHTTPRequestHandler]:
    place = urlsplit(endpoint.url)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do(self) -> None:
            proxy: FaultProxy = self.server.proxy  # type: ignore[attr-defined]
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            asked = self._asked(body)
            fault = proxy.fault_for(asked)
            if not proxy.before(asked):
                self._break_off()
                return
            if fault is not None and not fault.lost:
                self._answer(fault.status, *_error(fault.code, asked, json="x-amz-target" in self.headers))
                return
            try:
                status, headers, answer = self._upstream(body)
            except OSError:  # the emulated AWS is down
                self._break_off()
                return
            if fault is not None:
                self._break_off()
                return
            self._answer(status, headers, proxy.rewrite(asked, answer))

        def _upstream(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
            with closing(http.client.HTTPConnection(place.hostname or "", place.port, timeout=120)) as upstream:
                kept = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
                upstream.request(self.command, self.path, body or None, kept)
                answer = upstream.getresponse()
                return answer.status, dict(answer.getheaders()), answer.read()

        def _break_off(self) -> None:
            self.close_connection = True
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do  # noqa: N815 - the base class looks these names up

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

        def _asked(self, body: bytes) -> Asked:
            query = body.partition(OPERATION)[2].partition(b"&")[0].decode(errors="replace")
            return Asked(self.command, self.path, query or self.headers.get("x-amz-target", "").rpartition(".")[2])

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response_only(status)
            length = headers.pop("Content-Length", str(len(body))) if self.command == "HEAD" else str(len(body))
            for name, value in headers.items():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", length)
            with suppress(BrokenPipeError, ConnectionResetError):  # whoever asked was killed
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

    return Handler


def _error(code: str, asked: Asked, *, json: bool) -> tuple[dict[str, str], bytes]:
    """Error body as AWS sends it: JSON for the JSON protocols, XML for S3 and the query protocol."""
    if json:
        return {"Content-Type": "application/x-amz-json-1.0"}, f'{{"__type":"{code}","message":"injected"}}'.encode()
    text = f"<Error><Code>{code}</Code><Message>injected</Message></Error>"
    whole = f"<ErrorResponse>{text}</ErrorResponse>" if asked.operation else text
    return {"Content-Type": "text/xml"}, whole.encode()
