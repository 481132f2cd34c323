"""The gateway, the one address of all clients: hands each request to the shim or emulator of its service."""

from __future__ import annotations

import http.client
import json
import ssl
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from local_aws.changes import CHANGES_PATH, Changes
from local_aws.duplicates import Duplicates
from local_aws.endpoint import HEALTH_PATH, LOOPBACK
from local_aws.messages import Request, Response, error_response, not_implemented
from local_aws.recording import Recording
from local_aws.repeats import KEPT_BYTES, GivenAnswers
from local_aws.routes import emulator_for, scope_of
from local_aws.shims import all_shims
from local_aws.shims.base import Shim

_BLOCK = 64 * 1024
# Bodies up to this size are held: a shim needs all of it, and the operation's name may be in it. Larger ones stream.
_HELD_BYTES = 4 * 1024 * 1024
_UPSTREAM_SECONDS = 300
_HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
_HOP_BY_HOP |= {"expect"}  # answered here, before the body is read
_NOT_KEPT = _HOP_BY_HOP | {"content-length"}


class Gateway(ThreadingHTTPServer):
    """Listens on a free loopback port from the start; `ports` are filled in once the emulators run."""

    daemon_threads = True
    request_queue_size = 256  # Terraform opens dozens of connections at once

    def __init__(self, run_id: str, region: str, recording: Recording | None = None) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self.recording = recording or Recording()
        self.run_id = run_id
        self.region = region
        self.ports: dict[str, int] = {}
        self.shims: dict[str, Shim] = all_shims()
        self.answers = GivenAnswers()
        self.changes = Changes()
        self.duplicates = Duplicates()

    def secured(self, certificate: Path) -> Gateway:
        """A second gateway to the same emulators that speaks TLS, as search domains do."""
        door = Gateway(self.run_id, self.region, self.recording)
        door.ports, door.shims, door.answers, door.changes = self.ports, self.shims, self.answers, self.changes
        door.duplicates = self.duplicates
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        # The handshake is left to the request's own thread: a client that is slow with it must not stop the others.
        door.socket = context.wrap_socket(door.socket, server_side=True, do_handshake_on_connect=False)
        return door

    @property
    def url(self) -> str:
        """Value of AWS_ENDPOINT_URL. An address and not a name: the SDKs then use path-style S3."""
        return f"http://{self.address}"

    @property
    def address(self) -> str:
        """Host and port of the gateway."""
        return f"{LOOPBACK}:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that hang up, as Terraform does on Ctrl-C; report any other error, which is a bug here."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes; with Nagle each answer would take 40 ms
    server: Gateway

    def do(self) -> None:
        """Answer a request of any method."""
        if self.path.startswith("http://"):  # asked as a proxy, for names that don't resolve: see environment.py
            self.path = "/" + self.path.split("/", 3)[3]
        own = {HEALTH_PATH: {"run_id": self.server.run_id}, CHANGES_PATH: {"changes": self.server.changes.count}}
        if (told := own.get(self.path)) is not None:
            self._send(Response(200, json.dumps(told).encode(), {"Content-Type": "application/json"}))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        scope = scope_of(self.path, headers)
        chunked = "chunked" in headers.get("transfer-encoding", "").lower()
        length = int(headers.get("content-length") or 0)
        held = not chunked and length <= _HELD_BYTES
        body = self.rfile.read(length) if held else b""
        region = scope.region or self.server.region
        request = Request(self.command, self.path, headers, scope.service, region, body)
        self.server.recording.note(request)
        outgoing: bytes | Iterator[bytes] = body if held else self._chunks() if chunked else self._blocks(length)
        self._began = False
        try:
            with self.server.duplicates.turn(request):
                answer = self._known(request) if held else None
                if answer is not None:
                    self._answer(request, answer)
                else:
                    self._forward(request, outgoing, chunked=chunked)
        except (OSError, http.client.HTTPException) as problem:
            print(f"{request.service} {request.operation}: {problem!r}", file=sys.stderr, flush=True)
            self.close_connection = True
            if not self._began:  # once an answer began, only the closed connection can say that it is incomplete
                self._send(error_response(request, 502, "EmulatorUnreachable", str(problem)))
        finally:
            self.server.changes.note(request)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do  # noqa: N815 - the base class looks these names up

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the emulators log each request already."""

    def _known(self, request: Request) -> Response | None:
        """The answer that no emulator has to give: one that got lost, a duplicate's, or a shim's."""
        answer = self.server.answers.lost(request) or self.server.duplicates.answer(request, self._ask)
        shim = self.server.shims.get(request.service)
        if answer is None and shim is not None:
            answer = shim.answer(request, self._ask)
        return answer

    def _forward(self, request: Request, body: bytes | Iterator[bytes], *, chunked: bool) -> None:
        emulator = self._server_of(request)
        with closing(self._connect(emulator)) as connection:
            answer = self._exchange(connection, request, body, chunked=chunked)
            if _is_gap(answer):
                self._send(self._gap(request, emulator, answer.read()))
            elif request.method not in ("GET", "HEAD") and answer.length is not None and answer.length <= KEPT_BYTES:
                body = answer.read()
                self._answer(request, Response(answer.status, body, _kept_headers(answer)))
            else:
                self._relay(answer)

    def _server_of(self, request: Request) -> str:
        """Who answers: an emulator, or the data plane for calls of models and for spans, where there is one."""
        door = ""
        if request.service == "bedrock" and request.path.startswith(("/model/", "/guardrail/", "/_control/")):
            door = "bedrock-runtime"
        elif (request.service, request.path) == ("xray", "/v1/traces"):
            door = "traces"
        return door if door in self.server.ports else emulator_for(request.service)

    def _answer(self, request: Request, response: Response) -> None:
        """Send an answer that is held in whole, remembered in case it gets lost."""
        self.server.answers.remember(request, response)
        self._send(response)

    def _ask(self, request: Request) -> Response:
        """The whole answer of an emulator, for a shim that changes it."""
        emulator = emulator_for(request.service)
        with closing(self._connect(emulator)) as connection:
            answer = self._exchange(connection, request, request.body, chunked=False)
            body = answer.read()
            if _is_gap(answer):
                return self._gap(request, emulator, body)
            return Response(answer.status, body, _kept_headers(answer))

    def _connect(self, emulator: str) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(LOOPBACK, self.server.ports[emulator], timeout=_UPSTREAM_SECONDS)

    def _exchange(
        self, connection: http.client.HTTPConnection, request: Request, body: bytes | Iterator[bytes], *, chunked: bool
    ) -> http.client.HTTPResponse:
        connection.putrequest(request.method, request.path, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.items():
            if name not in _HOP_BY_HOP:
                connection.putheader(name, value)
        if chunked:
            connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders(body or None, encode_chunked=chunked)
        return connection.getresponse()

    def _gap(self, request: Request, emulator: str, body: bytes) -> Response:
        print(f"{emulator} {request.service} {request.operation}: {body[:500]!r}", file=sys.stderr, flush=True)
        return not_implemented(request, emulator)

    def _relay(self, answer: http.client.HTTPResponse) -> None:
        bodiless = self.command == "HEAD" or answer.status in (204, 304)
        length = answer.getheader("Content-Length")
        self._began = True
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        rechunk = length is None and not bodiless
        if rechunk:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if bodiless:
            return
        while block := answer.read1(_BLOCK) if rechunk else answer.read(_BLOCK):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(block), block) if rechunk else block)
        if rechunk:
            self.wfile.write(b"0\r\n\r\n")

    def _send(self, response: Response) -> None:
        self._began = True
        self.send_response_only(response.status)
        headers: Mapping[str, str] = {**response.headers, "Content-Length": str(len(response.body))}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def _blocks(self, length: int) -> Iterator[bytes]:
        while length > 0 and (block := self.rfile.read(min(_BLOCK, length))):
            length -= len(block)
            yield block

    def _chunks(self) -> Iterator[bytes]:
        """The decoded body of a chunked request; `http.client` chunks it again."""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield from self._blocks(size)
            self.rfile.readline()
        while self.rfile.readline() not in (b"\r\n", b"\n", b""):
            continue


def _kept_headers(answer: http.client.HTTPResponse) -> dict[str, str]:
    return {name: value for name, value in answer.getheaders() if name.lower() not in _NOT_KEPT}


def _is_gap(answer: http.client.HTTPResponse) -> bool:
    """Whether an emulator says in its own way that it lacks something: 500, or a web page instead of an AWS error.

    The SDKs would repeat a 500 for minutes and can't read the page; a 501 ends at once and says what is missing.
    """
    page = answer.status >= 400 and answer.getheader("Content-Type", "").startswith("text/html")
    return answer.status == 500 or page
