"""Times to the first token of an answer, over a connection that is kept."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Iterable, Iterator

# Silence after which a question counts as unanswered.
SILENCE_SECONDS = 30.0
QUESTION = "What does a ticket cost?"
_BODY = json.dumps({"question": QUESTION}).encode()
_HEADERS = {"content-type": "application/json"}


class AskingError(Exception):
    """A question without an answer that ended well."""


def connection_to(port: int, *, tls: bool) -> http.client.HTTPConnection:
    """A connection to a port of loopback, not yet made. A task's certificate is its own and isn't looked at."""
    if not tls:
        return http.client.HTTPConnection("127.0.0.1", port, timeout=SILENCE_SECONDS)
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=SILENCE_SECONDS, context=trusting)


def first_token_ms(connection: http.client.HTTPConnection) -> float:
    """Milliseconds from asking to the first `token` event, once the answer was read to its end.

    The first byte doesn't count: it is a sign of life. Raises AskingError, OSError or HTTPException.
    """
    began = time.perf_counter()
    connection.request("POST", "/api/chat", _BODY, _HEADERS)
    answer = connection.getresponse()
    if answer.status != http.client.OK:
        raise AskingError(f"{answer.status}: {answer.read()[:200]!r}")
    token_at, last = None, ""
    for last in _events(answer):
        if last == "token" and token_at is None:
            token_at = time.perf_counter()
    if token_at is None or last != "done":
        raise AskingError(f"no whole answer: its last event is {last or 'none'}")
    return (token_at - began) * 1000


def _events(lines: Iterable[bytes]) -> Iterator[str]:
    """Names of events, each once its data came."""
    name = ""
    for line in lines:
        field, _, value = line.strip().partition(b":")
        if field == b"event":
            name = value.strip().decode()
        elif field == b"data":
            yield name
