"""New tasks behind a test listener, as a server on loopback that speaks TLS with a certificate for one name."""

from __future__ import annotations

import contextlib
import datetime
import ssl
import threading
import time
from collections.abc import Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAME = "chat.example.com"
DONE = (
    b'event: token\ndata: {"text": "Of pages."}\n\nevent: sources\ndata: {"sources": [{"title": "t", "url": "u"}]}\n\n'
)
DONE += b'event: done\ndata: {"conversation_id": "c", "request_id": "r"}\n\n'


class Tasks(ThreadingHTTPServer):
    """Answers the health path by `health`, one status after the other, and a question by `answer`.

    Its answers say they are of `revisions`, one after the other; the last one stays.
    """

    daemon_threads = True

    def __init__(self, certificate: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        context.sni_callback = lambda _socket, name, _context: self.named.append(name)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.health = [200]
        self.revisions: list[str] = [""]
        self.status = 200
        self.answer: tuple[bytes, ...] = (b": keep-alive\n\n", DONE)
        self.silent = threading.Event()
        self.silent.set()
        self.named: list[str | None] = []
        self.seen: list[tuple[str, str, str, bytes]] = []
        self.headers: list[Message] = []
        # What stands before the answer again and again, at intervals, until the client leaves.
        self.trickle = b""
        self.trickling = threading.Event()
        self.trickling.set()

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever refuses the certificate leaves."""


class _Handler(BaseHTTPRequestHandler):
    server: Tasks

    def do_GET(self) -> None:
        self._seen(b"")
        status = self.server.health.pop(0) if len(self.server.health) > 1 else self.server.health[0]
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self._say_revision()
        self.end_headers()

    def do_POST(self) -> None:
        self._seen(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(self.server.status)
        self._say_revision()
        if self.server.trickle:
            self._trickle()
            return
        self.end_headers()
        for part in self.server.answer:
            self.wfile.write(part)
            self.wfile.flush()
        self.server.silent.wait(30)

    def _trickle(self) -> None:
        self.flush_headers()
        with contextlib.suppress(OSError):
            while self.server.trickling.is_set():
                self.wfile.write(self.server.trickle)
                time.sleep(0.02)

    def _say_revision(self) -> None:
        said = self.server.revisions.pop(0) if len(self.server.revisions) > 1 else self.server.revisions[0]
        if said:
            self.send_header("X-Sitechat-Revision", said)

    def _seen(self, body: bytes) -> None:
        self.server.seen.append((self.command, self.path, self.headers["Host"], body))
        self.server.headers.append(self.headers)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of NAME in one file, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("certificate") / "both.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def tasks(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tasks]:
    """Tasks whose certificate is trusted as those of public authorities are."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server = Tasks(certificate)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.silent.set()
    server.trickling.clear()
    server.shutdown()
    server.server_close()
    thread.join()
