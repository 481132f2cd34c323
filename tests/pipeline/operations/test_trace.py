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
from pipeline.operations.trace import ROAD, trace_question

ANSWER = ': keep-alive\n\nevent: token\ndata: {"text": "Within"}\n\nevent: done\ndata: {"request_id": "1"}\n\n'
STEP = {"hop": "cloudfront", "decided": "behaviour /api/*", "did": "to service", "ms": 1.5}


class _Site(BaseHTTPRequestHandler):
    asked: list[dict[str, Any]]
    roads: set[str]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append({"path": self.path, "body": body})
        self.roads.add(self.headers[ROAD])
        self._send(ANSWER)

    def do_GET(self) -> None:
        known = self.path.removeprefix("/roads/") in self.roads
        self._send(json.dumps({"steps": [STEP]} if known else {}))

    def _send(self, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[ThreadingHTTPServer]:
    _Site.asked, _Site.roads = [], set()
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
