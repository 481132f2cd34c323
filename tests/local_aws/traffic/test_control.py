"""The plane's own port tells which tasks send spans, and the spans and the trace of a request."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from local_aws.traffic.control import control_app
from local_aws.traffic.doors.span_log import SpanBook
from local_aws.traffic.plane import Plane
from local_aws.traffic.road import RoadBook
from local_aws.traffic.tasks.running import RunningTask

TRACE = "ab" * 16


def asked(path: str) -> tuple[int, Any]:
    """Status and content that a plane with one task, one road and two spans answers."""
    task = RunningTask(
        "arn", "c", "s", "app", "10.0.1.4", "", (), {8080: 5555}, "", "", "HEALTHY", Path(), 1, "r:1", True
    )
    roads, book = RoadBook(), SpanBook()
    roads.open("road").trace_id = TRACE
    book.add([{"traceId": TRACE, "startTimeUnixNano": each} for each in (2, 1)])
    plane = SimpleNamespace(
        engine=SimpleNamespace(tasks=lambda: [task]), roads=roads, traces=SimpleNamespace(book=book)
    )
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        raise AssertionError("nothing is read")

    scope = {"type": "http", "method": "GET", "path": path, "headers": []}

    async def ask() -> None:
        await control_app(cast("Plane", plane))(scope, receive, send)

    asyncio.run(ask())
    return sent[0]["status"], json.loads(sent[1]["body"])


def test_a_task_tells_whether_it_sends_spans() -> None:
    status, (task,) = asked("/tasks")
    assert (status, task["ip"], task["sends_spans"]) == (200, "10.0.1.4", True)


def test_a_road_tells_its_trace() -> None:
    assert asked("/roads/road") == (200, {"id": "road", "trace_id": TRACE, "steps": []})


def test_spans_come_in_order_of_their_start() -> None:
    status, spans = asked(f"/spans/{TRACE}")
    assert (status, [each["startTimeUnixNano"] for each in spans]) == (200, [1, 2])
    assert asked(f"/spans/{'cd' * 16}") == (200, [])


@pytest.mark.parametrize("id_", ["", "ab", TRACE.upper(), f"{TRACE}/x"])
def test_what_is_no_trace_id_is_refused(id_: str) -> None:
    assert asked(f"/spans/{id_}")[0] == 404
