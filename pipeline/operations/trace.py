"""A question to the deployed site of the emulated AWS, and the road that it took there."""

from __future__ import annotations

import http.client
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import local_aws
from local_aws.endpoint import Ports
from pipeline.errors import EMULATED_ANEW, EMULATED_DOWN, ExitCode, SitechatError

# Header by which the data plane keeps the road of a request.
ROAD = "x-local-aws-road"
# Longest silence in an answer; the site sends a sign of life every ten seconds.
SILENCE_SECONDS = 60.0


@dataclass(frozen=True)
class TraceStep:
    """One hop: what decided there, what it did, and milliseconds since the request came in.

    `refused` says that the request went no further there, or not as it was asked for.
    """

    hop: str
    decided: str
    did: str
    ms: float
    refused: bool = False


@dataclass(frozen=True)
class Trace:
    """Status of the answer, its events by name with their data, and the hops of its road in time's order."""

    status: int
    events: tuple[tuple[str, str], ...]
    steps: tuple[TraceStep, ...]
    text: str

    @property
    def ended(self) -> str:
        """Name of the last event; empty for an answer without events."""
        return self.events[-1][0] if self.events else ""


def trace_question(endpoint: local_aws.Endpoint, question: str) -> Trace:
    """Ask the site, read the whole answer and its road.

    Raises SitechatError: 3 when the emulated AWS is no more, or has no data plane, 6 when it gives no answer.
    """
    ports = endpoint.traffic
    if ports is None:
        raise SitechatError(
            "the emulated AWS carries no requests",
            hint="Start it with its data plane: `sitechat local down`, then `sitechat local up`.",
            code=ExitCode.MISSING,
        )
    road = uuid.uuid4().hex
    body = json.dumps({"question": question}).encode()
    headers = {"content-type": "application/json", ROAD: road}
    try:
        try:
            status, content = _asked(ports.https, "POST", "/api/chat", body, headers)
        except http.client.HTTPException as problem:
            raise _broken_off(endpoint, problem, _road(ports, road)) from None
        steps = _road(ports, road)
    except ConnectionRefusedError:
        raise SitechatError(EMULATED_DOWN, hint=EMULATED_ANEW, code=ExitCode.MISSING) from None
    except (OSError, http.client.HTTPException, ValueError) as problem:
        raise SitechatError(
            f"{endpoint.site} gave no whole answer: {problem}",
            hint="`sitechat local status` says whether the emulated AWS runs.",
            code=ExitCode.FAILED,
        ) from None
    text = content.decode("utf-8", "replace")
    return Trace(status, tuple(read_events(text)), steps, text)


def _road(ports: Ports, road: str) -> tuple[TraceStep, ...]:
    found = json.loads(_asked(ports.control, "GET", f"/roads/{road}", b"", {})[1])
    return tuple(TraceStep(**each) for each in found.get("steps", ()))


def _broken_off(endpoint: local_aws.Endpoint, problem: Exception, steps: tuple[TraceStep, ...]) -> SitechatError:
    refused = "".join(f"; {step.hop}: {step.did}" for step in steps if step.refused)
    return SitechatError(
        f"{endpoint.site} gave no whole answer: {problem}{refused}",
        hint="`sitechat trace` shows the road of one question, hop by hop, and `sitechat logs` what its task wrote.",
        code=ExitCode.FAILED,
    )


def _asked(port: int, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SILENCE_SECONDS)
    try:
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def read_events(text: str) -> Iterator[tuple[str, str]]:
    """Events of a stream (HTML standard, server-sent events), without comments."""
    for block in text.replace("\r\n", "\n").split("\n\n"):
        name, data = "message", []
        for line in block.split("\n"):
            field, _, value = line.partition(":")
            if field == "event":
                name = value.strip()
            elif field == "data":
                data.append(value.removeprefix(" "))
        if data:
            yield name, "\n".join(data)
