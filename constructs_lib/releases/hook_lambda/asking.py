"""What new tasks are asked, over the test listener: certificate, health, and one question with its sources.

The application's side is docs/application-contract.md. Every wait ends with the deadline.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# A listener that was just pointed at another group may still answer for none.
TRIES, PAUSE_SECONDS = 5, 3.0


class RefusedError(Exception):
    """New tasks didn't do what a visitor expects of them; the words are for whoever released them."""


@dataclass(frozen=True)
class Asked:
    """Where the load balancer listens for tests, the name its certificate must have, and what is asked.

    With `sources` the answer has to name at least one. All questions together take `seconds` at most.
    """

    address: str
    port: int
    name: str
    health_path: str
    question: str
    sources: bool
    seconds: float = 100.0


def ask(asked: Asked, *, pause_seconds: float = PAUSE_SECONDS) -> list[str]:
    """Ask all of it; returns what was seen. Raises RefusedError with the first thing that isn't as it must be."""
    deadline = time.monotonic() + asked.seconds
    return [_healthy(asked, deadline, pause_seconds), _answered(asked, deadline)]


def _healthy(asked: Asked, deadline: float, pause_seconds: float) -> str:
    failure = ""
    for attempt in range(TRIES):
        try:
            if attempt:
                time.sleep(min(pause_seconds, _left(deadline)))
            with _Connection(asked, deadline) as connection:
                response = connection.send("GET", asked.health_path)
                if response.status == http.client.OK:
                    return f"{asked.health_path} answered 200, under a valid certificate of {asked.name}"
                failure = f"{asked.health_path} answered {response.status} instead of 200"
        except ssl.SSLCertVerificationError as error:
            raise RefusedError(f"the certificate is not one of {asked.name}: {error.verify_message}") from error
        except (OSError, http.client.HTTPException) as error:
            failure = f"{asked.health_path} wasn't answered: {_told(error)}"
    raise RefusedError(failure)


def _answered(asked: Asked, deadline: float) -> str:
    body = json.dumps({"question": asked.question}).encode()
    try:
        with _Connection(asked, deadline) as connection:
            response = connection.send("POST", "/api/chat", body)
            if response.status != http.client.OK:
                raise RefusedError(f"the question was answered {response.status} instead of 200")
            return _judged(_events(response, connection, deadline), asked)
    except (OSError, http.client.HTTPException) as error:
        raise RefusedError(f"the question wasn't answered: {_told(error)}") from error


def _judged(events: Iterator[tuple[str, dict[str, Any]]], asked: Asked) -> str:
    sources, message = 0, ""
    for kind, data in events:
        if kind == "error":
            raise RefusedError(f"the question was answered with the error {data.get('code')}")
        if kind == "message":
            message = f": the answer was the message {data.get('code')}"
        elif kind == "sources":
            sources = len(data.get("sources") or ())
        elif kind == "done":
            if asked.sources and not sources:
                raise RefusedError(f"the answer has no sources{message}")
            return f"the question was answered, with {sources} sources"
    raise RefusedError("the answer was cut: it ended with neither done nor error")


def _events(
    response: http.client.HTTPResponse, connection: _Connection, deadline: float
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Events of the stream as they come. Raises RefusedError for one that can't be read."""
    kind = ""
    while True:
        connection.wait_no_longer_than(deadline)
        line = response.readline(65_536)
        if not line:
            return
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if text.startswith("event:"):
            kind = text.removeprefix("event:").strip()
        elif text.startswith("data:"):
            try:
                data = json.loads(text.removeprefix("data:"))
            except ValueError:
                data = None
            if not isinstance(data, dict):
                raise RefusedError(f"the answer's event {kind} can't be read")
            yield kind, data


class _Connection:
    """One request to the test listener, under the site's name."""

    def __init__(self, asked: Asked, deadline: float) -> None:
        self._asked, self._deadline = asked, deadline
        self._http = http.client.HTTPConnection(asked.name, asked.port)

    def __enter__(self) -> _Connection:
        plain = socket.create_connection((self._asked.address, self._asked.port), _left(self._deadline))
        try:
            self._socket = ssl.create_default_context().wrap_socket(plain, server_hostname=self._asked.name)
        except BaseException:
            plain.close()
            raise
        self._http.sock = self._socket
        return self

    def __exit__(self, *exception: object) -> None:
        self._http.close()
        self._socket.close()

    def send(self, method: str, path: str, body: bytes | None = None) -> http.client.HTTPResponse:
        headers = {"Host": self._asked.name, "Connection": "close"}
        headers |= {"Content-Type": "application/json"} if body else {}
        self.wait_no_longer_than(self._deadline)
        self._http.request(method, path, body, headers)
        return self._http.getresponse()

    def wait_no_longer_than(self, deadline: float) -> None:
        self._socket.settimeout(_left(deadline))


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("no time is left")
    return left


def _told(error: BaseException) -> str:
    return str(error) or type(error).__name__
