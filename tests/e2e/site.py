"""A site deployed to the emulated AWS: asked as visitors ask it, and changed by Terraform."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from opensearchpy import OpenSearch, Urllib3AWSV4SignerAuth, Urllib3HttpConnection

from config import load
from local_aws.endpoint import Ports, RunFiles
from passages.embedding import Embedder
from pipeline.operations.trace import Trace, read_events, trace_question
from pipeline.session import Session
from pipeline.terraform.tools import find_terraform
from tests.e2e.checkout import Checkout

LOOPBACK = "127.0.0.1"
# Longest silence of an answer.
SILENCE_SECONDS = 60
JSON = {"content-type": "application/json"}
# What a layer was synthesised to: "resource" and "data" by type and name.
Configuration = dict[str, Any]


@dataclass(frozen=True)
class Answered:
    """What a visitor got. `whole` is False where the connection ended before the answer did."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool

    @cached_property
    def events(self) -> tuple[tuple[str, Any], ...]:
        """Events of a stream by name, with their data."""
        return tuple((name, json.loads(data)) for name, data in read_events(self.body.decode()))

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.events]

    @property
    def text(self) -> str:
        """Text of the answer."""
        return "".join(data["text"] for name, data in self.events if name == "token")

    def of(self, name: str) -> Any:
        """Data of the one event with this name."""
        (found,) = [data for event, data in self.events if event == name]
        return found


@dataclass
class Visit:
    """A question that is being answered. `begun` is set with the first token, or when there is none."""

    begun: threading.Event = field(default_factory=threading.Event)
    _result: list[Answered | OSError] = field(default_factory=list)
    _thread: threading.Thread | None = None

    def start(self, ask: Callable[[Callable[[bytes], None]], Answered]) -> Visit:
        def run() -> None:
            try:
                self._result.append(ask(self._seen))
            except OSError as problem:
                self._result.append(problem)
            finally:
                self.begun.set()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        return self

    @property
    def running(self) -> bool:
        """Whether the answer still comes."""
        return self._thread is not None and self._thread.is_alive()

    def result(self) -> Answered:
        """The answer, once it is over."""
        assert self._thread is not None
        self._thread.join()
        (found,) = self._result
        if isinstance(found, OSError):
            raise found
        return found

    def _seen(self, part: bytes) -> None:
        if b"event: token" in part:
            self.begun.set()


@dataclass(frozen=True)
class Site:
    """The site of a checkout's environment file."""

    checkout: Checkout
    file: Path

    @property
    def ports(self) -> Ports:
        found = self.checkout.endpoint.traffic
        assert found is not None
        return found

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        port: int | None = None,
        seen: Callable[[bytes], None] = lambda part: None,
    ) -> Answered:
        """A request as a visitor sends it; `seen` gets each part of the answer as it comes."""
        connection = http.client.HTTPConnection(LOOPBACK, port or self.ports.https, timeout=SILENCE_SECONDS)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            parts: list[bytes] = []
            whole = True
            try:
                while part := answer.read1():
                    parts.append(part)
                    seen(part)
            except (http.client.HTTPException, ConnectionError):
                whole = False
            return Answered(answer.status, found, b"".join(parts), whole)
        finally:
            connection.close()

    def ask(
        self, question: str, conversation: str | None = None, *, seen: Callable[[bytes], None] = lambda part: None
    ) -> Answered:
        """The answer to a question."""
        sent = {"question": question, **({"conversation_id": conversation} if conversation else {})}
        return self.request("POST", "/api/chat", json.dumps(sent).encode(), JSON, seen=seen)

    def asking(self, question: str) -> Visit:
        """A question whose answer comes while other things happen."""
        return Visit().start(lambda seen: self.ask(question, seen=seen))

    def trace(self, question: str) -> Trace:
        """The answer to a question with its road."""
        return trace_question(self.checkout.endpoint, question)

    def tasks(self) -> list[dict[str, Any]]:
        """Tasks whose processes live."""
        found: list[dict[str, Any]] = json.loads(self.request("GET", "/tasks", port=self.ports.control).body)
        return found

    def kill(self, ip: str) -> None:
        """Kill a task."""
        assert self.request("DELETE", f"/tasks/{ip}", port=self.ports.control).status == 200

    def fault(self, **settings: Any) -> None:
        """Let the next requests to models be slow, or fail: see local_aws/traffic/doors. Without settings none does."""
        method, path = ("PUT", "/_control/faults/test") if settings else ("DELETE", "/_control/faults")
        done = self.request(method, path, json.dumps(settings).encode() or None, JSON, port=self.ports.bedrock)
        assert done.status < 300, done.body

    def search(self) -> OpenSearch:
        """Client of the search domain, as the account's administrator."""
        import boto3

        endpoint = self.checkout.endpoint
        keys = boto3.Session(aws_access_key_id=endpoint.account_id, aws_secret_access_key="any").get_credentials()
        return OpenSearch(
            hosts=[f"https://{LOOPBACK}:{self.ports.search}"],
            http_auth=Urllib3AWSV4SignerAuth(keys, endpoint.region, "es"),
            connection_class=Urllib3HttpConnection,
            ca_certs=str(RunFiles(self.checkout.work.local).certificate),
        )

    def fill(self, pages: Mapping[str, str]) -> None:
        """Put pages (text by title) into the index, as the account's administrator.

        They are of the first source's host: an answer names no sources of another one.
        """
        settings = load(self.file)
        sources = [urlsplit(str(each.address)).hostname for each in settings.ingestion.sources]
        host = str(sources[0]) if sources else "garden.example"
        index = self.search()
        embedder = Embedder(self.checkout.client("bedrock-runtime"), model_id=settings.bedrock.embedding_model_id)
        for title, text in pages.items():
            page = {"title": title, "url": f"https://{host}/{title}", "text": text}
            body = page | {"embedding": embedder.vector(f"{title} {text}")}
            index.index(index=settings.search.index, id=title, body=body)

    def change(self, layer: str, edit: Callable[[Configuration], None] = lambda made: None) -> None:
        """Apply a layer as it was synthesised, but for an edit of its resources."""
        terraform = self._session.opened(self._synthesis.layer(layer))
        file = terraform.dir / "cdk.tf.json"
        configuration = json.loads(file.read_text())
        edit(configuration)
        file.write_text(json.dumps(configuration))
        plan = terraform.dir / "changed.plan"
        assert terraform.plan(plan, refresh=False), "the edit changes nothing"
        terraform.apply(plan)

    @cached_property
    def _session(self) -> Session:
        made = self.checkout
        return Session(load(self.file), str(self.file), made.run_work, made.stock_variables(), find_terraform())

    @cached_property
    def _synthesis(self) -> Any:
        return self.checkout.synthesis(load(self.file).name)
