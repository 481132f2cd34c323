"""X-Ray's OTLP endpoint as far as exporters use it: keeps requests and the spans in them, and can hold its answers."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.examples.sitechat_app.running_app import LIMIT_SECONDS


@dataclass(frozen=True)
class Export:
    """One request as received, its body unpacked."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class LoopbackTraces:
    """The server; use as a context manager. While `answering` is cleared, it takes requests and answers none. It
    answers with `status`."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.answering = threading.Event()
        self.answering.set()
        self._received: list[Export] = []
        self._changed = threading.Condition()
        outer = self

        class Handler(_Handler):
            traces = outer

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}/v1/traces"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> LoopbackTraces:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.answering.set()
        self._server.shutdown()
        self._server.server_close()

    def take(self, export: Export) -> None:
        """Keep a request."""
        with self._changed:
            self._received.append(export)
            self._changed.notify_all()

    @property
    def received(self) -> list[Export]:
        return list(self._received)

    @property
    def requests(self) -> list[ExportTraceServiceRequest]:
        """What was sent, read."""
        return [ExportTraceServiceRequest.FromString(each.body) for each in self.received]

    @property
    def trace_ids(self) -> set[str]:
        """Traces of which anything came."""
        return {each.trace_id.hex() for each in self._spans()}

    def spans(self, trace_id: str) -> dict[str, Span]:
        """Spans of a trace by their names."""
        return {each.name: each for each in self._spans() if each.trace_id.hex() == trace_id}

    def _spans(self) -> list[Span]:
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def whole(self, trace_id: str) -> dict[str, Span]:
        """Spans of a trace by their names, waiting for the one that has no parent: it ends last."""

        def ended() -> bool:
            return any(not each.parent_span_id for each in self.spans(trace_id).values())

        with self._changed:
            assert self._changed.wait_for(ended, LIMIT_SECONDS), f"no whole trace {trace_id} came"
        return self.spans(trace_id)

    def wait_for_request(self) -> None:
        """Until something was received."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._received, LIMIT_SECONDS), "nothing was sent"


class _Handler(BaseHTTPRequestHandler):
    traces: LoopbackTraces
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        unpacked = gzip.decompress(body) if self.headers["content-encoding"] == "gzip" else body
        self.traces.take(Export(self.path, {k.lower(): v for k, v in self.headers.items()}, unpacked))
        self.traces.answering.wait(LIMIT_SECONDS)
        self.send_response(self.traces.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: the test asserts on what was received."""
