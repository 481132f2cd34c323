"""Whole runs: the definition as synthesised; functions list, fetch and keep; embedding and loading stand in."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from config import Environment, load
from tests.pipeline.ingestion.conftest import ROLE, Deployed, answering, package
from tests.pipeline.operations.support import Run
from tests.support.shared import environment

pytestmark = pytest.mark.slow

# Embedding as the state machine sees it: each page is two passages.
EMBED = (
    "def handle(event, context):\n"
    "    return {**event, 'hash': 'a' * 64, 'key': 'passages/a-b.json', 'passages': 2, 'embedded': True, 'tokens': 1}\n"
)
LOAD = {
    "open": {"index": "site-002", "new": True},
    "load": {"offset": 2, "done": True},
    "check": {"documents": 4, "probe": True},
    "switch": {"alias": "site", "index": "site-002", "before": "site-001", "moved": True, "waiting": []},
    "versions": {"alias": "site", "index": "site-002", "before": "site-001"},
}


class _Site(BaseHTTPRequestHandler):
    broken: set[str]

    def do_GET(self) -> None:
        host = self.headers["Host"]
        names = ("a", "b", "c")
        text = "User-agent: *\nAllow: /\n" if self.path == "/robots.txt" else ""
        kind = "text/plain"
        if self.path == "/sitemap.xml":
            pages = "".join(f"<url><loc>http://{host}/{name}</loc></url>" for name in names)
            text = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{pages}</urlset>'
            kind = "text/xml"
        elif self.path.strip("/") in set(names) - self.broken:
            text, kind = f"<title>{self.path}</title><p>Words of {self.path}.</p>", "text/html"
        self.send_response(200 if text else 404)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    _Site.broken = {"b"}
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def whole(deployed: Deployed, site: str) -> Deployed:
    """The environment with the definition of a run and its functions."""
    env = deployed.env
    source = {"name": "docs", "kind": "sitemap", "address": f"http://{site}/sitemap.xml", "hosts": ["127.0.0.1"]}
    settings = {
        "bucket": env.names.bucket("pages"),
        "table": env.names.resource("pages-ledger"),
        "user_agent": "SiteChat/1.0",
        "sources": [source],
        "allowed_addresses": [site],
        "tolerated_failures_percent": 40,
        "model_id": env.bedrock.embedding_model_id,
    }
    client, code = deployed.account.client("lambda"), package()
    for module in ("fetch", "ledger"):
        client.create_function(
            FunctionName=env.names.resource(f"ingestion-{module}"),
            Runtime="python3.13",
            Role=ROLE,
            Handler=f"ingestion.functions.{module}.handle",
            Code={"ZipFile": code},
            Timeout=60,
            Environment={"Variables": {"INGESTION": json.dumps(settings)}},
        )
    deployed.function("embed", EMBED)
    deployed.function("load", answering(LOAD))
    deployed.account.client("stepfunctions").create_state_machine(
        name=env.names.resource("ingestion"), definition=_definition(env), roleArn=ROLE
    )
    return deployed


def _definition(env: Environment) -> str:
    """The definition of `local`, over the functions and the bucket of `env`."""
    text: str = environment("local")["workflows"].one("aws_sfn_state_machine")["definition"]
    for module in ("fetch", "embed", "ledger", "load"):
        arn = env.place.arn("lambda", f"function:{env.names.resource(f'ingestion-{module}')}")
        text = re.sub(rf"\$\{{aws_lambda_function\.{module}_function_\w+\.arn\}}", arn, text)
    text = text.replace(load("local").names.bucket("pages"), env.names.bucket("pages"))
    assert "${" not in text
    return text


def ingest(whole: Deployed, run: Run, *arguments: str) -> tuple[int, dict[str, Any]]:
    ran = run("ingest", "run", "--env", whole.account.file, "--source", "docs", "--yes", "--json", *arguments)
    (found,) = json.loads(ran.out)["runs"]
    return ran.code, dict(found)


def test_a_page_that_fails_is_told_and_repeated_alone(whole: Deployed, site: str, run: Run) -> None:
    code, first = ingest(whole, run)
    assert (code, first["status"], first["cause"]) == (0, "SUCCEEDED", None)
    counts = first["counts"]
    assert {name: counts[name] for name in ("listed", "fetched", "failed", "pages", "vanished", "documents")} == {
        "listed": 3,
        "fetched": 3,
        "failed": 1,
        "pages": 2,
        "vanished": 0,
        "documents": 4,
    }
    (failure,) = first["failures"]
    assert (failure["code"], failure["addresses"]) == ("status_404", [f"http://{site}/b"])
    _Site.broken = set()
    code, second = ingest(whole, run, "--failed")
    assert (code, second["counts"]["fetched"], second["counts"]["pages"]) == (0, 1, 3)
    assert second["failures"] == []


def test_status_knows_the_run_and_the_version(whole: Deployed, run: Run) -> None:
    ingest(whole, run)
    told = json.loads(run("ingest", "status", "--env", whole.account.file, "--json").out)
    docs = next(each for each in told["sources"] if each["source"] == "docs")
    assert [each["status"] for each in docs["runs"]] == ["SUCCEEDED"]
    assert docs["pages"] == {"failed": 1, "ok": 2}
    assert docs["age_hours"] == 0
    assert told["index"]["index"] == "site-002"


def test_more_failures_than_are_tolerated_fail_the_run_with_their_code(whole: Deployed, run: Run) -> None:
    _Site.broken = {"a", "b"}
    code, found = ingest(whole, run)
    assert (code, found["status"]) == (6, "FAILED")
    assert [(each["code"], each["count"]) for each in found["failures"]] == [("status_404", 2)]
