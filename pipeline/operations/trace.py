"""A question to the deployed site of the emulated AWS, and the road that it took there."""

from __future__ import annotations

import http.client
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace

import local_aws
from local_aws.endpoint import Ports
from pipeline.errors import EMULATED_ANEW, EMULATED_DOWN, ExitCode, SitechatError
from pipeline.operations.spans import TraceSpan, is_whole, read_spans

# Header by which the data plane keeps the road of a request.
ROAD = "x-local-aws-road"
# Longest silence in an answer; the site sends a sign of life every ten seconds.
SILENCE_SECONDS = 60.0
# Longest wait for the spans of an answer that has ended: applications send them every few seconds.
SPANS_SECONDS = 15.0
_PAUSE_SECONDS = 0.25


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
    """Status of the answer, its events by name with their data, and the hops of its road in time's order.

    Attributes:
        road: the road's id; `trace_id` is the load balancer's, empty where the request got to none.
        awaited: the task sends spans, and `follow_spans` waited for those of this trace.
        spans: in the order of their tree; `late` are refusals on the road after the answer, such as of spans.
    """

    status: int
    events: tuple[tuple[str, str], ...]
    steps: tuple[TraceStep, ...]
    text: str
    road: str = ""
    trace_id: str = ""
    awaited: bool = False
    spans: tuple[TraceSpan, ...] = ()
    late: tuple[TraceStep, ...] = ()

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
            raise _broken_off(endpoint, problem, _road(ports, road)[1]) from None
        trace_id, steps = _road(ports, road)
    except ConnectionRefusedError:
        raise SitechatError(EMULATED_DOWN, hint=EMULATED_ANEW, code=ExitCode.MISSING) from None
    except (OSError, http.client.HTTPException, ValueError) as problem:
        raise SitechatError(
            f"{endpoint.site} gave no whole answer: {problem}",
            hint="`sitechat local status` says whether the emulated AWS runs.",
            code=ExitCode.FAILED,
        ) from None
    text = content.decode("utf-8", "replace")
    return Trace(status, tuple(read_events(text)), steps, text, road, trace_id)


def follow_spans(endpoint: local_aws.Endpoint, found: Trace) -> Trace:
    """The trace with its spans, waited for at most SPANS_SECONDS; at once where the task that answered sends none.

    A share of the questions may be traced alone, so none may come. Raises SitechatError (3) when the emulated AWS is no
    more.
    """
    ports = endpoint.traffic
    if ports is None or not found.trace_id:
        return found
    try:
        if not _sends_spans(ports, found.steps):
            return found
        deadline = time.monotonic() + SPANS_SECONDS
        while True:
            records = json.loads(_asked(ports.control, "GET", f"/spans/{found.trace_id}", b"", {})[1])
            if is_whole(records) or time.monotonic() > deadline:
                break
            time.sleep(_PAUSE_SECONDS)
        late = () if records else _road(ports, found.road)[1][len(found.steps) :]
    except (OSError, http.client.HTTPException, ValueError):
        raise SitechatError(EMULATED_DOWN, hint=EMULATED_ANEW, code=ExitCode.MISSING) from None
    refused = tuple(step for step in late if step.refused)
    return replace(found, awaited=True, spans=read_spans(records), late=refused)


def _sends_spans(ports: Ports, steps: tuple[TraceStep, ...]) -> bool:
    """Whether the task that answered has the address of X-Ray's endpoint in its environment."""
    answered = [step.decided.rpartition(":")[0] for step in steps if step.hop == "target"]
    tasks = json.loads(_asked(ports.control, "GET", "/tasks", b"", {})[1])
    return any(task["ip"] in answered and task["sends_spans"] for task in tasks)


def _road(ports: Ports, road: str) -> tuple[str, tuple[TraceStep, ...]]:
    """Trace id and steps of a road."""
    found = json.loads(_asked(ports.control, "GET", f"/roads/{road}", b"", {})[1])
    return str(found.get("trace_id", "")), tuple(TraceStep(**each) for each in found.get("steps", ()))


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
