"""Starts the application as a process of its own and speaks HTTP with it, over loopback only."""

from __future__ import annotations

import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
# The application, and beside it what its image gets as a further build context.
PYTHONPATH = f"{ROOT / 'examples'}:{ROOT}"
LIMIT_SECONDS = 60  # how long a test waits before it calls something hung; nothing is ever measured with it
KEEPALIVE = "keep-alive"
# Tests that stop it wait for no grace, unless it is what they are about.
AT_ONCE = {"SITECHAT_STOP_GRACE_SECONDS": "0"}

Event = tuple[str, dict[str, Any]]


def environment(**variables: str) -> dict[str, str]:
    """A container's environment: nothing of this shell's but what Python needs to start."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "PYTHONPATH": PYTHONPATH, "PYTHONDONTWRITEBYTECODE": "1", "PORT": "0", **AT_ONCE, **variables}


def refused_start(**variables: str) -> subprocess.CompletedProcess[str]:
    """Run the application with settings it is expected to refuse."""
    return subprocess.run(
        [sys.executable, "-m", "sitechat_app"],
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )


def trusting_anything() -> ssl.SSLContext:
    """TLS as a load balancer speaks it with its targets: encrypted, whatever the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class RunningApp:
    """One running application; `stop()` ends it as ECS would."""

    def __init__(self, **variables: str) -> None:
        self._tls = trusting_anything() if variables.get("SITECHAT_TLS") == "on" else None
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sitechat_app"],
            env=environment(**variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.port = int(self.logged("listening")["port"])
        except AssertionError:
            self.kill()
            raise

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._changed:
                self._lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    @property
    def output(self) -> str:
        return "".join(self._lines)

    @property
    def logs(self) -> list[dict[str, Any]]:
        """Every line written so far, which has to be JSON."""
        return [json.loads(line) for line in list(self._lines)]

    def logged(self, message: str, **fields: str) -> dict[str, Any]:
        """The log line with this message and these fields, waiting until it has come through the pipe."""
        wanted = {"message": message, **fields}

        def found() -> list[dict[str, Any]]:
            return [entry for entry in self.logs if all(entry.get(name) == value for name, value in wanted.items())]

        with self._changed:
            self._changed.wait_for(lambda: self._ended or found(), LIMIT_SECONDS)
            assert found(), f"{wanted} was not logged in:\n{self.output}"
            return found()[0]

    def connect(self) -> http.client.HTTPConnection:
        if self._tls:
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=LIMIT_SECONDS, context=self._tls)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_SECONDS)

    def request(self, method: str, path: str, body: bytes | str = b"", **headers: str) -> http.client.HTTPResponse:
        connection = self.connect()
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        return connection.getresponse()

    def ask(self, question: str, **fields: object) -> http.client.HTTPResponse:
        body = json.dumps({"question": question, **fields})
        return self.request("POST", "/api/chat", body, content_type="application/json")

    def answer(self, question: str, **fields: object) -> list[Event]:
        """Every event of one answer."""
        return list(events(self.ask(question, **fields)))

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """The exit code, once all output has been read."""
        code = self._process.wait(LIMIT_SECONDS)
        self._reader.join(LIMIT_SECONDS)
        return code

    def stop(self) -> int:
        self.terminate()
        return self.wait()

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self.wait()


Start = Callable[..., RunningApp]


def events(response: http.client.HTTPResponse) -> Iterator[Event]:
    """Server-sent events as they arrive; keep-alive comments are given as events of that name."""
    name = ""
    for line in response:
        text = line.decode().rstrip("\n")
        if text.startswith(":"):
            yield text.removeprefix(":").strip(), {}
        elif text.startswith("event: "):
            name = text.removeprefix("event: ")
        elif text.startswith("data: "):
            yield name, json.loads(text.removeprefix("data: "))


def text_of(answer: list[Event]) -> str:
    """The tokens of an answer, joined."""
    return "".join(data["text"] for name, data in answer if name == "token")


def without_keepalive(answer: list[Event]) -> list[Event]:
    return [event for event in answer if event[0] != KEEPALIVE]
