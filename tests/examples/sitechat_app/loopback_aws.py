"""Bedrock's runtime, an OpenSearch domain and one object in S3 as far as the application uses them, on one port.

Requests are kept for assertions; botocore has validated them against its service model before they get here. What
is not known is answered 501.
"""

from __future__ import annotations

import json
import struct
import threading
import zlib
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

PAUSED = "/garden-switches/model/paused.json"
HIT = {"title": "Tickets", "url": "https://garden.example/tickets", "text": "A day ticket costs 12 euros."}


@dataclass(frozen=True)
class Received:
    """One request as received."""

    path: str
    authorization: str
    body: dict[str, Any]


@dataclass
class Script:
    """Answers of the services; tests change them."""

    hits: list[dict[str, str]] = field(default_factory=lambda: [HIT])
    score: float | None = None  # of each hit
    search_status: int = 200
    embedding_status: int = 200
    embedding: dict[str, Any] = field(default_factory=lambda: {"embedding": [0.03125] * 1024})
    error_type: str = "ThrottlingException"
    converse_status: int = 200
    paused_status: int = 404  # of the object that pauses the model; 200 is paused
    stream: list[tuple[str, dict[str, Any]]] = field(default_factory=lambda: spoken("Twelve ", "euros."))


def assessed(**actions: str) -> dict[str, Any]:
    """Trace of a guardrail that found these kinds of personal data in an answer, by what it did about them."""
    found = [{"match": f"the {kind} itself", "type": kind, "action": action} for kind, action in actions.items()]
    return {"outputAssessments": {"abcdef123456": [{"sensitiveInformationPolicy": {"piiEntities": found}}]}}


def spoken(
    *texts: str, stop: str = "end_turn", guardrail: dict[str, Any] | None = None
) -> list[tuple[str, dict[str, Any]]]:
    """The events of a model that says `texts`; `guardrail` is the trace of one."""
    trace = {"trace": {"guardrail": guardrail}} if guardrail else {}
    deltas = [("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": text}}) for text in texts]
    usage = {"inputTokens": 40, "outputTokens": 2, "totalTokens": 42}
    return [
        ("messageStart", {"role": "assistant"}),
        *deltas,
        ("contentBlockStop", {"contentBlockIndex": 0}),
        ("messageStop", {"stopReason": stop}),
        ("metadata", {"usage": usage, "metrics": {"latencyMs": 5}, **trace}),
    ]


def frame(name: str, payload: dict[str, Any]) -> bytes:
    """One message in AWS's event-stream encoding; a name that ends in Exception becomes an exception."""
    kind = "exception" if name.endswith("Exception") else "event"
    headers = b"".join(
        struct.pack("!B", len(key)) + key.encode() + struct.pack("!BH", 7, len(value)) + value.encode()
        for key, value in (
            (f":{kind}-type", name),
            (":message-type", kind),
            (":content-type", "application/json"),
        )
    )
    body = json.dumps(payload).encode()
    prelude = struct.pack("!II", 16 + len(headers) + len(body), len(headers))
    message = prelude + struct.pack("!I", zlib.crc32(prelude)) + headers + body
    return message + struct.pack("!I", zlib.crc32(message))


class LoopbackAws:
    """The server; use as a context manager."""

    def __init__(self) -> None:
        self.script = Script()
        self.received: list[Received] = []
        outer = self

        class Handler(_Handler):
            aws = outer

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> LoopbackAws:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def bodies(self, suffix: str) -> list[dict[str, Any]]:
        """Bodies of the requests whose path ends with `suffix`."""
        return [request.body for request in self.received if request.path.endswith(suffix)]


def _hit(source: dict[str, str], score: float | None) -> dict[str, Any]:
    return {"_source": source, **({} if score is None else {"_score": score})}


class _Handler(BaseHTTPRequestHandler):
    aws: LoopbackAws
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        path, script = unquote(self.path), self.aws.script
        self.aws.received.append(Received(path, self.headers["authorization"], body))
        if path.endswith("/invoke"):
            self._json(script.embedding_status, script.embedding)
        elif path.endswith("/converse-stream") and script.converse_status == 200:
            stream = b"".join(frame(name, payload) for name, payload in script.stream)
            self._send(200, "application/vnd.amazon.eventstream", stream)
        elif path.endswith("/converse-stream"):
            self._json(script.converse_status, {"message": f"said of {body}"})
        elif path.endswith("/_search"):
            self._json(script.search_status, {"hits": {"hits": [_hit(hit, script.score) for hit in script.hits]}})
        else:
            self._json(501, {"message": f"{path} is not emulated"})

    def do_GET(self) -> None:
        path, status = unquote(self.path), self.aws.script.paused_status
        if path != PAUSED:
            self._json(501, {"message": f"{path} is not emulated"})
            return
        self.aws.received.append(Received(path, self.headers["authorization"], {}))
        code = {200: "", 403: "AccessDenied", 404: "NoSuchKey"}[status]
        self._send(status, "application/xml", f"<Error><Code>{code}</Code></Error>".encode() if code else b"{}")

    def _json(self, status: int, payload: dict[str, Any]) -> None:
        self._send(status, "application/json", json.dumps(payload).encode())

    def _send(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        if status >= 400:
            self.send_header("x-amzn-errortype", self.aws.script.error_type)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the test asserts on `received`."""
