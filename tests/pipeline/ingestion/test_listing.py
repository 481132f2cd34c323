"""`sitechat ingest run --dry-run`: the fetching function itself lists a site on loopback; no page of it is fetched."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ingestion.web.addresses import page_id
from pipeline.cost.table import NoPriceError
from pipeline.errors import ExitCode
from pipeline.ingestion import price
from tests.pipeline.ingestion.conftest import ROLE, Deployed, package
from tests.pipeline.operations.support import Run


class _Site(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        pages = "".join(
            f"<url><loc>http://{self.headers['Host']}/{name}</loc></url>" for name in ("a", "b", "c", "x/d")
        )
        elsewhere = "<url><loc>https://evil.example/e</loc></url>"
        found = {
            "/robots.txt": "User-agent: *\nDisallow: /x/\n",
            "/sitemap.xml": f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{pages}{elsewhere}</urlset>',
        }.get(self.path)
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/xml" if self.path.endswith("xml") else "text/plain")
        self.end_headers()
        self.wfile.write((found or "").encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    _Site.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def listing(deployed: Deployed, site: str) -> Deployed:
    """The environment with the fetching function, whose source `docs` is the site on loopback."""
    sources = [
        {"name": name, "kind": "sitemap", "address": f"http://{site}/{path}", "hosts": ["127.0.0.1"]}
        for name, path in (("docs", "sitemap.xml"), ("shop", "nowhere.xml"))
    ]
    settings = {
        "bucket": deployed.env.names.bucket("pages"),
        "user_agent": "SiteChat/1.0",
        "sources": sources,
        "allowed_addresses": [site],
    }
    deployed.machine({"Only": {"Type": "Succeed"}})
    deployed.account.client("lambda").create_function(
        FunctionName=deployed.env.names.resource("ingestion-fetch"),
        Runtime="python3.13",
        Role=ROLE,
        Handler="ingestion.functions.fetch.handle",
        Code={"ZipFile": package()},
        Timeout=60,
        Environment={"Variables": {"INGESTION": json.dumps(settings)}},
    )
    return deployed


def dry_run(deployed: Deployed, run: Run, *arguments: str) -> dict[str, Any]:
    ran = run("ingest", "run", "--env", deployed.account.file, "--source", "docs", "--dry-run", "--json", *arguments)
    assert ran.code == 0, ran.err
    (found,) = json.loads(ran.out)["sources"]
    return dict(found)


def test_pages_are_listed_and_judged_and_none_is_fetched(listing: Deployed, site: str, run: Run) -> None:
    known = page_id(f"http://{site}/a")
    listing.known(known, "ok")
    listing.known("gone", "ok")
    listing.known("vanished", "vanished")
    found = dry_run(listing, run)
    assert (found["listed"], found["to_fetch"], found["new"], found["vanished"]) == (3, 3, 2, 1)
    assert found["addresses"] == [f"http://{site}/b", f"http://{site}/c"]
    assert {each["code"]: each["count"] for each in found["refused"]} == {"robots": 1, "host_refused": 1}
    assert found["price"]["pages"] == 3
    assert set(_Site.asked) == {"/robots.txt", "/sitemap.xml"}


def test_of_failed_pages_alone_it_counts_those_that_would_be_fetched(listing: Deployed, site: str, run: Run) -> None:
    listing.known(page_id(f"http://{site}/a"), "ok")
    listing.known(page_id(f"http://{site}/b"), "failed", "too_slow")
    listing.known(page_id(f"http://{site}/c"), "failed", "noindex")
    found = dry_run(listing, run, "--failed")
    assert (found["listed"], found["to_fetch"]) == (3, 1)
    listing.known(page_id(f"http://{site}/a"), "ok", model="another")
    assert dry_run(listing, run, "--failed")["to_fetch"] == 2


def test_a_listing_whose_price_is_unknown_is_told_and_is_no_pass(
    listing: Deployed, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(region: str) -> None:
        raise NoPriceError(f"no price table of {region}")

    monkeypatch.setattr(price, "price_table", nothing)
    ran = run("ingest", "run", "--env", listing.account.file, "--source", "docs", "--dry-run")
    assert ran.code == ExitCode.INCOMPLETE
    assert "docs: 3 pages" in ran.out
    assert "at most an unknown amount (no price table of" in ran.out


def test_it_is_told_in_words(listing: Deployed, site: str, run: Run) -> None:
    ran = run("ingest", "run", "--env", listing.account.file, "--source", "docs", "--dry-run")
    assert "docs: 3 pages, 3 of them new; 0 vanished; a run would fetch 3" in ran.out
    assert "left out: 1 robots: robots.txt forbids it" in ran.out
    assert f"new: http://{site}/a" in ran.out
    assert "at most" in ran.out


def test_a_source_that_cannot_be_listed_says_why_and_what_to_do(listing: Deployed, run: Run) -> None:
    ran = run("ingest", "run", "--env", listing.account.file, "--source", "shop", "--dry-run")
    assert ran.code == ExitCode.FAILED
    assert "shop can't be listed: the site answered 404 (status_404)" in ran.err
    assert "next:  Take the page out of the sitemap" in ran.err
