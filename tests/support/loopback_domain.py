"""A search domain on loopback: the few paths that the bootstrap function uses, with OpenSearch's own defaults."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from botocore.credentials import Credentials

from passages.domain import Domain

SECURITY = "/_plugins/_security/api/"
AUDIT = {
    "_readonly": ["/audit/exclude_sensitive_headers"],
    "config": {
        "enabled": False,
        "audit": {"enable_rest": True, "log_request_body": True, "exclude_sensitive_headers": True},
        "compliance": {"enabled": True},
    },
}


class LoopbackDomain(ThreadingHTTPServer):
    """Keeps what is put, and gives it back as OpenSearch does. `failures` are answered before anything else."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, Any] = {SECURITY + "audit": json.loads(json.dumps(AUDIT))}
        self.indexes: dict[str, Any] = {}
        self.writes: list[str] = []
        self.failures: list[tuple[int, str]] = []
        self.authorizations: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def read(self, path: str) -> tuple[int, object]:
        if path in self.objects:
            return 200, self.objects[path]
        name = path.removeprefix("/").partition("?")[0]
        if name.endswith("*"):
            return 200, {each: index for each, index in self.indexes.items() if each.startswith(name[:-1])}
        found = {each: index for each, index in self.indexes.items() if name in (each, *index["aliases"])}
        return (200, found) if found else (404, {"error": "nothing here"})

    def write(self, path: str, body: Any) -> tuple[int, object]:
        self.writes.append(path)
        name = path.rsplit("/", 1)[1]
        if path == SECURITY + "audit/config":
            self.objects[SECURITY + "audit"]["config"] = body
        elif path.startswith(SECURITY):
            self.objects[path] = {name: {"reserved": False, "hidden": False, "static": False, **body}}
        elif path.startswith("/_index_template/"):
            body["template"]["settings"] = _as_strings(body["template"]["settings"])
            self.objects[path] = {"index_templates": [{"name": name, "index_template": body}]}
        elif path.endswith("/_settings"):
            self.indexes[path.split("/")[1]]["settings"]["index"].update(_as_strings(body["index"]))
        else:
            return self._create(name, body)
        return 200, {"status": "OK"}

    def _create(self, name: str, body: Any) -> tuple[int, object]:
        if name in self.indexes:
            return 400, {"error": {"type": "resource_already_exists_exception"}}
        path = next(each for each in self.objects if each.startswith("/_index_template/"))
        template = self.objects[path]["index_templates"][0]["index_template"]["template"]
        self.indexes[name] = {"aliases": body.get("aliases", {}), **json.loads(json.dumps(template))}
        return 200, {"acknowledged": True}


def _as_strings(value: Any) -> Any:
    """Settings come back as strings, whatever they were."""
    if isinstance(value, dict):
        return {key: _as_strings(inner) for key, inner in value.items()}
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Handler(BaseHTTPRequestHandler):
    server: LoopbackDomain

    def do_GET(self) -> None:
        self._answer(*self._failure() or self.server.read(self.path))

    def do_PUT(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self._answer(*self._failure() or self.server.write(self.path, body))

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def _failure(self) -> tuple[int, object] | None:
        self.server.authorizations.append(self.headers.get("authorization", ""))
        return self.server.failures.pop(0) if self.server.failures else None

    def _answer(self, status: int, body: object) -> None:
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serving() -> Iterator[LoopbackDomain]:
    """A domain that answers while inside."""
    with LoopbackDomain() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def client_of(server: LoopbackDomain) -> Domain:
    """The client of a domain; it tries twice more, at once."""
    credentials = Credentials("AKIAEXAMPLE", "no-secret", "session")
    return Domain(server.url, region="eu-west-1", credentials=credentials, retry_delays_seconds=(0, 0))
