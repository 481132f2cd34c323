"""`sitechat trace` asks the site once, reads the answer's events and the road, and keeps nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

import local_aws
from local_aws.endpoint import Ports
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.trace import ROAD, Trace, follow_spans, trace_question
from tests.pipeline.operations.test_spans import record

ANSWER = ': keep-alive\n\nevent: token\ndata: {"text": "Within"}\n\nevent: done\ndata: {"request_id": "1"}\n\n'
TRACE = "6a0c3f7d1b2e4a5968778695a4b3c2d1"
TARGET = {"hop": "target", "decided": "10.0.1.4:8080", "did": "answered 200", "ms": 9.0}
REFUSED = {
    "hop": "identity",
    "decided": "allowed by nothing",
    "did": "refused xray:PutSpans",
    "ms": 99,
    "refused": True,
}
STEP = {"hop": "cloudfront", "decided": "behaviour /api/*", "did": "to service", "ms": 1.5}


class _Site(BaseHTTPRequestHandler):
    asked: list[dict[str, Any]]
    roads: set[str]
    steps: list[dict[str, Any]]
    tasks: list[dict[str, Any]]
    batches: list[list[dict[str, Any]]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append({"path": self.path, "body": body})
        self.roads.add(self.headers[ROAD])
        self._send(ANSWER)

    def do_GET(self) -> None:
        kind, _, id_ = self.path.removeprefix("/").partition("/")
        if kind == "tasks":
            return self._send(json.dumps(self.tasks))
        if kind == "spans":
            self.asked.append({"path": self.path})
            found = self.batches.pop(0) if self.batches else []
            return self._send(json.dumps(found))
        return self._send(json.dumps({"trace_id": TRACE, "steps": self.steps} if id_ in self.roads else {}))

    def _send(self, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[ThreadingHTTPServer]:
    _Site.asked, _Site.roads, _Site.steps = [], set(), [STEP]
    _Site.tasks, _Site.batches = [{"ip": "10.0.1.4", "sends_spans": True}], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def endpoint(port: int | None) -> local_aws.Endpoint:
    ports = Ports(https=port, http=port, control=port, bedrock=port, search=port) if port else None
    return local_aws.Endpoint("http://127.0.0.1:1", "123456789012", "us-east-1", (1,), "", "run", ports)


def test_events_and_road_are_read(site: ThreadingHTTPServer) -> None:
    found = trace_question(endpoint(site.server_port), "Where?")
    assert found.status == 200
    assert found.events == (("token", '{"text": "Within"}'), ("done", '{"request_id": "1"}'))
    assert [(step.hop, step.decided, step.ms) for step in found.steps] == [("cloudfront", "behaviour /api/*", 1.5)]
    assert _Site.asked == [{"path": "/api/chat", "body": {"question": "Where?"}}]


def followed(site: ThreadingHTTPServer) -> Trace:
    here = endpoint(site.server_port)
    return follow_spans(here, trace_question(here, "Where?"))


def test_spans_are_waited_for_until_the_root_came(site: ThreadingHTTPServer) -> None:
    _Site.steps = [STEP, TARGET]
    part = [record("b", "a", at=1)]
    _Site.batches = [[], part, [record("a"), *part]]
    found = followed(site)
    assert (found.trace_id, found.awaited, found.late) == (TRACE, True, ())
    assert [(each.name, each.depth) for each in found.spans] == [("span a", 0), ("span b", 1)]
    assert [each["path"] for each in _Site.asked[1:]] == [f"/spans/{TRACE}"] * 3


@pytest.mark.parametrize(
    ("steps", "tasks"),
    [
        ([STEP, TARGET], [{"ip": "10.0.1.4", "sends_spans": False}, {"ip": "10.0.1.40", "sends_spans": True}]),
        ([STEP, TARGET], []),
        ([STEP], [{"ip": "10.0.1.4", "sends_spans": True}]),
    ],
)
def test_where_the_task_that_answered_sends_none_nothing_is_waited_for(
    site: ThreadingHTTPServer, steps: list[dict[str, Any]], tasks: list[dict[str, Any]]
) -> None:
    _Site.steps, _Site.tasks = steps, tasks
    found = followed(site)
    assert (found.awaited, found.spans) == (False, ())
    assert [each["path"] for each in _Site.asked] == ["/api/chat"]


def test_without_spans_in_time_the_road_says_what_refused_them(
    site: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.operations.trace.SPANS_SECONDS", 0.0)
    _Site.steps = [STEP, TARGET]
    here = endpoint(site.server_port)
    asked = trace_question(here, "Where?")
    _Site.steps += [{**TARGET, "hop": "network"}, REFUSED]
    found = follow_spans(here, asked)
    assert (found.awaited, found.spans) == (True, ())
    assert [step.did for step in found.late] == ["refused xray:PutSpans"]
    assert [step.hop for step in found.steps] == ["cloudfront", "target"]


def test_spans_of_an_emulated_aws_that_is_gone_are_told(site: ThreadingHTTPServer) -> None:
    here = endpoint(site.server_port)
    asked = trace_question(here, "Where?")
    site.shutdown()
    site.server_close()
    with pytest.raises(SitechatError, match="the emulated AWS is down"):
        follow_spans(here, asked)


def test_without_a_data_plane_it_says_how_to_start_one() -> None:
    with pytest.raises(SitechatError, match="carries no requests") as caught:
        trace_question(endpoint(None), "Where?")
    assert caught.value.code is ExitCode.MISSING
    assert "sitechat local up" in caught.value.hint


def test_a_site_that_is_gone_is_told(site: ThreadingHTTPServer) -> None:
    port = site.server_port
    site.shutdown()
    site.server_close()
    with pytest.raises(SitechatError, match="the emulated AWS is down") as caught:
        trace_question(endpoint(port), "Where?")
    assert caught.value.code is ExitCode.MISSING
    assert "sitechat local up" in caught.value.hint
