"""The container's health check, run as ECS runs it."""

from __future__ import annotations

import socket
import subprocess
import sys

from tests.examples.sitechat_app.running_app import LIMIT_SECONDS, RunningApp, environment


def check(port: int) -> int:
    command = [sys.executable, "-m", "sitechat_app.healthcheck"]
    return subprocess.run(command, env=environment(PORT=str(port)), timeout=LIMIT_SECONDS, check=False).returncode


def test_a_running_application_is_healthy(local_app: RunningApp) -> None:
    assert check(local_app.port) == 0


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
