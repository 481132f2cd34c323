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

# A listener that was just pointed at another group may still answer for none, or lead to the old tasks.
TRIES, PAUSE_SECONDS, SWITCH_SECONDS = 5, 3.0, 60.0
# In answers of tasks that say which revision they run (docs/application-contract.md).
HEADER = "x-sitechat-revision"
# Characters of a family and a number (RegisterTaskDefinition, ECS API reference).
_LONGEST = 270


class RefusedError(Exception):
    """New tasks didn't do what a visitor expects of them; the words are for whoever released them."""


@dataclass(frozen=True)
class Asked:
    """Where the load balancer listens for tests, the name its certificate must have, and what is asked.

    With `sources` the answer has to name at least one. `revision` is the one that is tested, FAMILY:NUMBER: tasks that
    say another one are old, and the listener is given time to leave them; empty where it isn't known. All questions
    together take `seconds` at most.
    """

    address: str
    port: int
    name: str
    health_path: str
    question: str
    sources: bool
    seconds: float = 100.0
    revision: str = ""


class _OldError(Exception):
    """An old task has answered."""


def ask(asked: Asked, *, pause_seconds: float = PAUSE_SECONDS) -> list[str]:
    """Ask all of it; returns what was seen. Raises RefusedError with the first thing that isn't as it must be."""
    deadline = time.monotonic() + asked.seconds
    switched = time.monotonic() + min(SWITCH_SECONDS, asked.seconds / 2)
    while True:
        try:
            return [_healthy(asked, deadline, pause_seconds), _answered(asked, deadline)]
        except _OldError as old:
            if time.monotonic() >= switched:
                raise RefusedError(
                    f"the listener for tests still leads to tasks of {old}, not to those of {asked.revision}"
                ) from old
            time.sleep(pause_seconds)


def _healthy(asked: Asked, deadline: float, pause_seconds: float) -> str:
    failure = ""
    for attempt in range(TRIES):
        try:
            if attempt:
                time.sleep(min(pause_seconds, _left(deadline)))
            with _Connection(asked, deadline) as connection:
                response = connection.send("GET", asked.health_path)
                revision = _new(response, asked)
                if response.status == http.client.OK:
                    who = f" by {revision}" if revision else ""
                    return f"{asked.health_path} answered 200{who}, under a valid certificate of {asked.name}"
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
            _new(response, asked)
            if response.status != http.client.OK:
                raise RefusedError(f"the question was answered {response.status} instead of 200")
            return _judged(_events(response, connection, deadline), asked)
    except (OSError, http.client.HTTPException) as error:
        raise RefusedError(f"the question wasn't answered: {_told(error)}") from error


def _new(response: http.client.HTTPResponse, asked: Asked) -> str:
    """The revision that an answer says it is of; empty where it says none. Raises _OldError for another one."""
    said = response.getheader(HEADER, "")[:_LONGEST]
    if asked.revision and said and said != asked.revision:
        raise _OldError(said)
    return said


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
