"""TLS over loopback, as a load balancer speaks it with the application."""

from __future__ import annotations

import http.client
import socket
import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from examples.sitechat_app import encryption
from examples.sitechat_app.__main__ import _tls
from examples.sitechat_app.settings import SettingsError, load_settings
from tests.examples.sitechat_app.running_app import (
    KEEPALIVE,
    LIMIT_SECONDS,
    RunningApp,
    Start,
    events,
    text_of,
    trusting_anything,
)


@pytest.fixture(scope="module")
def app() -> Iterator[RunningApp]:
    started = RunningApp(
        SITECHAT_MODE="local",
        SITECHAT_TLS="on",
        SITECHAT_LOCAL_FIRST_TOKEN_SECONDS="0",
        SITECHAT_LOCAL_TOKEN_SECONDS="0",
    )
    yield started
    started.kill()


def _certificate(app: RunningApp, context: ssl.SSLContext | None = None) -> tuple[bytes, str | None]:
    """Certificate shown at the handshake, and TLS version."""
    context = context or trusting_anything()
    with (
        socket.create_connection(("127.0.0.1", app.port), LIMIT_SECONDS) as plain,
        context.wrap_socket(plain) as wrapped,
    ):
        return wrapped.getpeercert(binary_form=True) or b"", wrapped.version()


def test_pages_and_answers_come_over_tls(app: RunningApp) -> None:
    response = app.request("GET", "/health")
    assert (response.status, response.read()) == (200, b'{"status":"ok"}')
    answer = app.answer("How much is a season pass?")
    assert answer[0][0] == KEEPALIVE
    assert "Season passes cost 45 euros" in text_of(answer)
    assert answer[-1][0] == "done"


def test_nothing_is_answered_in_clear(app: RunningApp) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=LIMIT_SECONDS)
    connection.request("GET", "/health")
    with pytest.raises((http.client.HTTPException, OSError)):
        connection.getresponse()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_current_versions_are_spoken(app: RunningApp, version: ssl.TLSVersion) -> None:
    context = trusting_anything()
    context.minimum_version = context.maximum_version = version
    assert _certificate(app, context)[1] == version.name.replace("_", ".")


def test_older_versions_are_not() -> None:
    assert encryption.server_context().minimum_version is ssl.TLSVersion.TLSv1_2


def test_the_certificate_is_of_this_start_alone(app: RunningApp, start: Start) -> None:
    shown, _ = _certificate(app)
    assert _certificate(app)[0] == shown
    assert _certificate(start(SITECHAT_MODE="local", SITECHAT_TLS="on"))[0] != shown
    key = x509.load_der_x509_certificate(shown).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp256r1"


def test_the_key_is_never_written_in_clear_and_its_file_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bytes] = []
    load_chain = ssl.SSLContext.load_cert_chain

    def watched(self: ssl.SSLContext, certfile: str, *, password: bytes) -> None:
        seen.append(Path(certfile).read_bytes())
        load_chain(self, certfile, password=password)

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", watched)
    encryption.server_context()
    (written,) = seen
    assert written.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert written.count(b"PRIVATE KEY-----") == 2
    assert list(tmp_path.iterdir()) == []


def test_without_a_folder_to_write_to_the_start_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only() -> ssl.SSLContext:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(encryption, "server_context", read_only)
    assert _tls(load_settings({"SITECHAT_MODE": "local"})) is None
    with pytest.raises(SettingsError, match=r"^SITECHAT_TLS is on, but .*: Read-only file system$"):
        _tls(load_settings({"SITECHAT_MODE": "local", "SITECHAT_TLS": "on"}))


def test_sigterm_finishes_a_running_stream(start: Start) -> None:
    app = start(
        SITECHAT_MODE="local",
        SITECHAT_TLS="on",
        SITECHAT_LOCAL_FIRST_TOKEN_SECONDS="0",
        SITECHAT_LOCAL_TOKEN_SECONDS="0.02",
    )
    answer = events(app.ask("How much is a season pass?"))
    while next(answer)[0] != "token":
        pass
    app.terminate()
    assert [name for name, _ in answer][-2:] == ["sources", "done"]
    assert app.wait() == 0
    assert [entry["outcome"] for entry in app.logs if entry["message"] == "answer"] == ["answered"]


def test_a_connection_that_is_kept_and_silent_does_not_hold_it(start: Start) -> None:
    app = start(SITECHAT_MODE="local", SITECHAT_TLS="on")
    kept = app.connect()
    kept.request("GET", "/health")
    assert kept.getresponse().read() == b'{"status":"ok"}'
    assert app.stop() == 0
    assert [entry for entry in app.logs if entry["level"] == "ERROR"] == []
    kept.close()
