"""The revision that answers are of, from ECS's metadata endpoint; without one nothing is said, and nothing waits."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from tests.examples.sitechat_app.conftest import aws_variables
from tests.examples.sitechat_app.loopback_aws import LoopbackAws
from tests.examples.sitechat_app.running_app import RunningApp, Start

HEADER = "x-sitechat-revision"


class Metadata(BaseHTTPRequestHandler):
    answers: ClassVar[list[tuple[int, object]]] = []

    def do_GET(self) -> None:
        assert self.path == "/v4/token/task"
        status, told = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def metadata() -> Iterator[str]:
    """Address of an endpoint that answers as Metadata.answers says."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Metadata)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v4/token"
    server.shutdown()
    server.server_close()
    thread.join()


def test_health_and_answers_say_which_revision_they_are_of(
    metadata: str, start: Start, loopback_aws: LoopbackAws
) -> None:
    Metadata.answers = [(500, {}), (200, {"Family": "sitechat-dev-app", "Revision": "7"})]
    app = start(**aws_variables(loopback_aws.endpoint), ECS_CONTAINER_METADATA_URI_V4=metadata)
    assert app.request("GET", "/health").getheader(HEADER) == "sitechat-dev-app:7"
    assert app.ask("What is this?").getheader(HEADER) == "sitechat-dev-app:7"
    assert app.request("GET", "/").getheader(HEADER) is None


@pytest.mark.parametrize("answer", [(404, {}), (200, {}), (200, []), (200, {"Family": "app", "Revision": "x"})])
def test_an_endpoint_that_says_nothing_keeps_nobody_from_starting(
    metadata: str, start: Start, loopback_aws: LoopbackAws, answer: tuple[int, object]
) -> None:
    Metadata.answers = [answer]
    app = start(**aws_variables(loopback_aws.endpoint), ECS_CONTAINER_METADATA_URI_V4=metadata)
    assert app.request("GET", "/health").getheader(HEADER) is None
    assert app.logged("revision unknown")["level"] == "WARNING"


def test_outside_ecs_nothing_is_said(local_app: RunningApp) -> None:
    assert local_app.request("GET", "/health").getheader(HEADER) is None
