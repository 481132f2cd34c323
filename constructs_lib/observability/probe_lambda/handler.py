"""Entry point of the probe: one question at the site's public address, and its figures as one log line.

A failure of the site is a figure and no failure of the function. The application's side is
docs/application-contract.md; CloudWatch Logs makes metrics of the line ("Specification: Embedded metric format").
"""

from __future__ import annotations

import http.client
import json
import os
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

VARIABLE = "PROBE"
# By which the application keeps the question out of its visitors' figures.
HEADER = "x-sitechat-probe"
USER_AGENT = "sitechat-probe/1"
# Characters of a site's own words that the log keeps, and of a line of its answer that are read.
_TOLD, _LINE = 200, 65_536


@dataclass(frozen=True)
class Probe:
    """What is asked where, and the namespace of the metrics; all of it takes `seconds` at most."""

    host: str
    question: str
    namespace: str
    seconds: float


@dataclass(frozen=True)
class Result:
    """Whether the question was answered to its end, in words why not, and milliseconds from the question on."""

    answered: bool
    words: str
    first_token_ms: int | None = None
    latency_ms: int | None = None


class _FailedError(Exception):
    """The site didn't answer as it does for a visitor; the words say how."""


def handle(event: object, context: object) -> dict[str, Any]:
    """Ask, and write the figures. Whoever calls it adds nothing: the configuration says what is asked."""
    probe = Probe(**json.loads(os.environ[VARIABLE]))
    result = ask(probe)
    print(json.dumps(line(probe.namespace, result, time.time())))
    return {"answered": result.answered, "words": result.words}


def ask(probe: Probe) -> Result:
    """Ask the question as a visitor does."""
    begun = time.monotonic()
    first: float | None = None
    try:
        for kind, data in _events(probe, begun + probe.seconds):
            if kind == "token" and first is None:
                first = time.monotonic()
            if kind == "error":
                raise _FailedError(f"the answer ended with the error {data.get('code')}")
            if kind == "done":
                return Result(True, "answered", _since(begun, first), _since(begun, time.monotonic()))
        raise _FailedError("the answer was cut: it ended with neither done nor error")
    except (_FailedError, OSError, http.client.HTTPException) as failure:
        words = str(failure) or type(failure).__name__
        return Result(False, words[:_TOLD], _since(begun, first))


def _events(probe: Probe, deadline: float) -> Iterator[tuple[str, dict[str, Any]]]:
    """Events of the answer as they come."""
    connection = http.client.HTTPSConnection(probe.host, timeout=_left(deadline), context=ssl.create_default_context())
    try:
        body = json.dumps({"question": probe.question})
        headers = {"Content-Type": "application/json", "User-Agent": USER_AGENT, HEADER: "1"}
        connection.request("POST", "/api/chat", body, headers)
        response = connection.getresponse()
        if response.status != http.client.OK:
            raise _FailedError(f"the question was answered {response.status} instead of 200")
        kind = ""
        while text := _read(response, connection, deadline):
            if text.startswith("event:"):
                kind = text.removeprefix("event:").strip()
            elif text.startswith("data:"):
                yield kind, _parsed(kind, text.removeprefix("data:"))
    finally:
        connection.close()


def _read(response: http.client.HTTPResponse, connection: http.client.HTTPSConnection, deadline: float) -> str:
    """A line with its end; empty at the end of the answer."""
    if connection.sock is not None:
        connection.sock.settimeout(_left(deadline))
    else:
        _left(deadline)
    return response.readline(_LINE).decode("utf-8", "replace")


def _parsed(kind: str, text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise _FailedError(f"the answer's event {kind} can't be read")
    return data


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the answer took too long")
    return left


def _since(begun: float, then: float | None) -> int | None:
    return None if then is None else round((then - begun) * 1000)


def line(namespace: str, result: Result, at: float) -> dict[str, Any]:
    """The log line of one question; `at` is in seconds since the epoch."""
    values = {
        "ProbeAnswered": int(result.answered),
        "ProbeFirstToken": result.first_token_ms,
        "ProbeLatency": result.latency_ms,
    }
    measured = {name: value for name, value in values.items() if value is not None}
    directive = {
        "Namespace": namespace,
        "Dimensions": [[]],
        "Metrics": [
            {"Name": name, "Unit": "Count" if name == "ProbeAnswered" else "Milliseconds"} for name in measured
        ],
    }
    told = {"Timestamp": int(at * 1000), "CloudWatchMetrics": [directive]}
    return {"_aws": told, "message": "probe", "words": result.words, **measured}
