"""Entry point of the probe: one question at the site's public address, and its figures as one log line.

A failure of the site is a figure and no failure of the function. The application's side is
docs/application-contract.md; CloudWatch Logs makes metrics of the line ("Specification: Embedded metric format").
"""

from __future__ import annotations

import http.client
import json
import os
import queue
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

VARIABLE = "PROBE"
# Where the event has the time for which the question was planned.
SCHEDULED = "scheduled"
# After so many seconds a question is not asked: the next one comes soon. EventBridge Scheduler is exact to a minute, so
# that another minute is left to what calls; Lambda would keep a call for six hours, and repeat one that failed.
LATE_SECONDS = 120
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


@dataclass(frozen=True)
class _Course:
    """When the question was begun, and what is known of its answer so far."""

    begun: float
    firsts: list[float] = field(default_factory=list)
    results: queue.SimpleQueue[Result] = field(default_factory=queue.SimpleQueue)

    @property
    def first_token_ms(self) -> int | None:
        """Milliseconds to the answer's first words, if any have come."""
        return _since(self.begun, self.firsts[0]) if self.firsts else None


class _FailedError(Exception):
    """The site didn't answer as it does for a visitor; the words say how."""


def handle(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Ask, and write the figures, by the time of the question. The configuration says what is asked."""
    probe = Probe(**json.loads(os.environ[VARIABLE]))
    asked = time.time()
    late = lateness(event, asked)
    if late > LATE_SECONDS:
        told = {"message": "probe", "words": f"not asked: the call came {late:.0f} seconds late"}
        print(json.dumps(told))
        return told
    result = ask(probe)
    print(json.dumps(line(probe.namespace, result, asked)))
    return {"answered": result.answered, "words": result.words}


def lateness(event: Mapping[str, Any], now: float) -> float:
    """Seconds since the time that a call was planned for; nobody planned one that a person made."""
    return now - datetime.fromisoformat(event[SCHEDULED]).timestamp() if SCHEDULED in event else 0.0


def ask(probe: Probe) -> Result:
    """Ask the question as a visitor does, and wait `probe.seconds` for the answer, whatever the site does.

    A time limit of a socket holds for one address, or one read: names, and a site that trickles, have none. So a thread
    asks; one that is given up ends with its connection, at the latest when it has read as much as it takes of a line.
    """
    course = _Course(time.monotonic())
    threading.Thread(target=_ask, args=(probe, course), daemon=True).start()
    try:
        return course.results.get(timeout=probe.seconds)
    except queue.Empty:
        return Result(False, "the answer took too long", course.first_token_ms)


def _ask(probe: Probe, course: _Course) -> None:
    """Put the result of the question, whatever became of it."""
    try:
        for kind, data in _events(probe, course.begun + probe.seconds):
            if kind == "token" and not course.firsts:
                course.firsts.append(time.monotonic())
            if kind == "error":
                raise _FailedError(f"the answer ended with the error {data.get('code')}")
            if kind == "done":
                latency_ms = _since(course.begun, time.monotonic())
                course.results.put(Result(True, "answered", course.first_token_ms, latency_ms))
                return
        raise _FailedError("the answer was cut: it ended with neither done nor error")
    except Exception as failure:
        words = str(failure) or type(failure).__name__
        course.results.put(Result(False, words[:_TOLD], course.first_token_ms))


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


def _since(begun: float, then: float) -> int:
    return round((then - begun) * 1000)


def line(namespace: str, result: Result, asked: float) -> dict[str, Any]:
    """The log line of one question; `asked` is in seconds since the epoch."""
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
    told = {"Timestamp": int(asked * 1000), "CloudWatchMetrics": [directive]}
    return {"_aws": told, "message": "probe", "words": result.words, **measured}
