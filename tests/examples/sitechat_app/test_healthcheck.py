"""The container's health check, run as ECS runs it."""

from __future__ import annotations

import socket
import subprocess
import sys

from tests.examples.sitechat_app.running_app import LIMIT_SECONDS, RunningApp, Start, environment


def check(port: int, **variables: str) -> int:
    command = [sys.executable, "-m", "sitechat_app.healthcheck"]
    variables["PORT"] = str(port)
    return subprocess.run(command, env=environment(**variables), timeout=LIMIT_SECONDS, check=False).returncode


def test_a_running_application_is_healthy(local_app: RunningApp) -> None:
    assert check(local_app.port) == 0


def test_it_speaks_tls_where_the_application_does(start: Start) -> None:
    app = start(SITECHAT_MODE="local", SITECHAT_TLS="on")
    assert (check(app.port, SITECHAT_TLS="on"), check(app.port)) == (0, 1)


def test_an_application_in_clear_is_unhealthy_where_tls_is_asked_for(local_app: RunningApp) -> None:
    assert check(local_app.port, SITECHAT_TLS="on") == 1


def test_nobody_listening_is_unhealthy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert check(port) == 1


def test_something_else_listening_is_unhealthy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with subprocess.Popen(
            [sys.executable, "-m", "sitechat_app.healthcheck"], env=environment(PORT=str(port))
        ) as process:
            connection, _ = other.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n")
            assert process.wait(LIMIT_SECONDS) == 1
