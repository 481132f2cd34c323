"""Ingestion of a site on loopback into a deployed environment, by the commands; the tests run in order.

Only the layers that ingestion needs are deployed. The emulated Bedrock has one embedding model, so what stands for a
change of model is another `LAYOUT`: it is part of a model's tag, and is deployed with the functions' code.
"""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from config import load
from pipeline.demo.site import garden_port
from pipeline.errors import ExitCode
from tests.e2e import site as deployed_site
from tests.e2e.checkout import Checkout, Done, checkout
from tests.ingestion.site import Answer, Site, endless, serving

pytestmark = pytest.mark.slow

ENV = "local"
# In the order in which each finds the outputs of those before.
LAYERS = ("infrastructure", "llm", "workflows")
# The emulated Step Functions hands on no more: it has no distributed map in JSONata.
MOST_PAGES = 200
GOOD = [f"/page-{number}.html" for number in range(MOST_PAGES - 5)]
BROKEN = ["/gone.html", "/metadata.html", "/bomb.html", "/endless.html", "/picture.html"]
FORBIDDEN = "/private/plans.html"
# What is left of the site for the tests after the first: what they prove takes no more.
FEW = GOOD[:12]
SETTINGS = "[ingestion]\nmax_page_kib = 64\npage_seconds = 60\n"
WAIT_SECONDS = 120.0


@dataclass
class Deployment:
    """An environment whose one source is `site`. `first` is the run that fills its index."""

    checkout: Checkout
    site: Site
    first: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def file(self) -> Path:
        return self.checkout.root / "environments" / f"{ENV}.toml"

    def deploy(self, *layers: str) -> None:
        """Plan and apply layers, one after the other."""
        for layer in layers:
            plan = self.checkout.must("plan", "--layer", layer, "--env", ENV, "--json").json
            if plan["changes"]:
                self.checkout.must("apply", plan["bundle"], "--env", ENV)

    def ingest(self) -> Done:
        return self.checkout.sitechat("ingest", "run", "--env", ENV, "--yes", "--json")

    def run(self) -> dict[str, Any]:
        """A run that succeeds."""
        done = self.ingest()
        assert done.status == ExitCode.OK, done.output
        (run,) = done.json["runs"]
        return dict(run)

    def status(self) -> tuple[ExitCode, dict[str, Any]]:
        done = self.checkout.sitechat("ingest", "status", "--env", ENV, "--json")
        return ExitCode(done.status), done.json

    def list(self, *paths: str) -> None:
        """Let the sitemap name these pages."""
        entries = "".join(f"<url><loc>{self.site.url(path)}</loc></url>" for path in paths)
        markup = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
        self.site.pages["/sitemap.xml"] = Answer(markup.encode(), "application/xml")

    def vectors(self) -> dict[str, Any]:
        """Objects with vectors, and when they were written: they are written where they are made."""
        pages = self.checkout.client("s3").get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=load(ENV).names.bucket("pages"), Prefix="passages/")
        return {each["Key"]: each["LastModified"] for page in found for each in page.get("Contents", ())}

    def indexed(self) -> dict[str, str]:
        """Text of the pages in the index, by path; each has one passage."""
        search = deployed_site.Site(self.checkout, self.file).search()
        query = {"size": 1000, "_source": ["url", "text"], "query": {"match_all": {}}}
        hits = search.search(index=load(str(self.file)).search.index, body=query)["hits"]["hits"]
        found = [each["_source"] for each in hits]
        return {each["url"].removeprefix(self.site.url("")): each["text"] for each in found}

    def write(self, path: str, text: str) -> None:
        self.site.html(path, f"<main><h1>{path}</h1><p>{text}</p></main>")


def _fill(deployment: Deployment) -> None:
    site = deployment.site
    for path in GOOD:
        deployment.write(path, f"This is what {path} says.")
    site.redirect("/metadata.html", "http://169.254.169.254/latest/meta-data/")
    site.pages["/bomb.html"] = Answer(
        gzip.compress(b"<p>more</p>" * 1_000_000), headers=(("Content-Encoding", "gzip"),)
    )
    site.pages["/endless.html"] = endless
    site.pages["/picture.html"] = Answer(b"\x89PNG", "image/png")
    deployment.write(FORBIDDEN, "Nobody is to read this.")
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /private/\n", "text/plain")
    deployment.list(*GOOD, *BROKEN, FORBIDDEN)


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with serving() as site, checkout(tmp_path_factory.mktemp("ingestion") / "sitechat") as made:
        deployment = Deployment(made, site)
        text = deployment.file.read_text().replace(f":{garden_port(load(str(deployment.file)))}", f":{site.port}")
        deployment.file.write_text(text.replace("[ingestion]\n", SETTINGS))
        made.must("local", "up")
        made.must("bootstrap", "--env", ENV)
        deployment.deploy(*LAYERS)
        _fill(deployment)
        deployment.first = deployment.run()
        yield deployment


def _until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it doesn't come to that"
        time.sleep(0.5)


def test_of_two_hundred_pages_five_fail_alone_and_are_told_by_code(deployment: Deployment) -> None:
    counts = deployment.first["counts"]
    told = {name: counts[name] for name in ("listed", "fetched", "failed", "pages", "documents", "moved")}
    assert told == {
        "listed": MOST_PAGES,
        "fetched": MOST_PAGES,
        "failed": 5,
        "pages": len(GOOD),
        "documents": len(GOOD),
        "moved": True,
    }
    assert {each["code"]: each["count"] for each in deployment.first["failures"]} == {
        "status_404": 1,
        "redirect_refused": 1,
        "too_large": 2,
        "type": 1,
    }
    addresses = {address for each in deployment.first["failures"] for address in each["addresses"]}
    assert addresses == {deployment.site.url(path) for path in BROKEN}
    assert set(deployment.indexed()) == set(GOOD)


def test_robots_txt_is_kept(deployment: Deployment) -> None:
    assert "/robots.txt" in deployment.site.asked
    assert FORBIDDEN not in deployment.site.asked


def test_status_tells_pages_by_state_and_the_version(deployment: Deployment) -> None:
    code, told = deployment.status()
    (source,) = told["sources"]
    assert (code, source["pages"]) == (ExitCode.OK, {"failed": 5, "ok": len(GOOD)})
    assert told["index"]["index"] == deployment.first["counts"]["index"]


def test_the_second_run_embeds_nothing(deployment: Deployment) -> None:
    before = deployment.vectors()
    assert len(before) == len(GOOD)
    counts = deployment.run()["counts"]
    assert (counts["failed"], counts["pages"], counts["vanished"], counts["moved"]) == (5, len(GOOD), 0, False)
    assert deployment.vectors() == before


def test_a_changed_page_alone_is_embedded_and_vanished_ones_leave_the_index(deployment: Deployment) -> None:
    before = deployment.vectors()
    deployment.write(FEW[0], "It says something else now.")
    deployment.list(*FEW)
    counts = deployment.run()["counts"]
    after = deployment.vectors()
    assert (counts["failed"], counts["pages"], counts["vanished"]) == (0, len(FEW), MOST_PAGES - len(FEW))
    assert len(after) == len(before) + 1
    assert after.items() >= before.items()
    index = deployment.indexed()
    assert set(index) == set(FEW)
    assert "something else now" in index[FEW[0]]


def test_a_run_under_way_refuses_another_and_one_that_was_stopped_is_gone_on_with(deployment: Deployment) -> None:
    last, going, results = FEW[-1], threading.Event(), list[Done]()
    for path in FEW[:-1]:
        deployment.write(path, f"{path} is another page again.")

    def held(handler: BaseHTTPRequestHandler) -> None:
        going.wait(WAIT_SECONDS)
        handler.send_error(404)

    page, deployment.site.pages[last] = deployment.site.pages[last], held
    before = deployment.vectors()
    running = threading.Thread(target=lambda: results.append(deployment.ingest()))
    running.start()
    try:
        _until(lambda: len(deployment.vectors()) == len(before) + len(FEW) - 1)
        refused = deployment.ingest()
        assert refused.status == ExitCode.REFUSED, refused.output
        assert "is being ingested already" in refused.output
        states = deployment.checkout.client("stepfunctions")
        machine = load(ENV).place.arn("states", f"stateMachine:{load(ENV).names.resource('ingestion')}")
        (execution,) = states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
        states.stop_execution(executionArn=execution["executionArn"])
        running.join()
    finally:
        going.set()
        deployment.site.pages[last] = page
        running.join()
    (stopped,) = results
    assert stopped.status == ExitCode.FAILED, stopped.output
    (run,) = stopped.json["runs"]
    assert (run["status"], run["cause"]["code"]) == ("ABORTED", "ABORTED")
    assert not any("another page again" in text for text in deployment.indexed().values())
    kept = deployment.vectors()
    counts = deployment.run()["counts"]
    assert (counts["pages"], counts["failed"]) == (len(FEW), 0)
    assert deployment.vectors() == kept, "what the stopped run paid for is not paid again"
    index = deployment.indexed()
    assert set(index) == set(FEW)
    assert all("another page again" in index[path] for path in FEW[:-1])


def test_vectors_made_otherwise_fill_a_new_version_and_rollback_leads_back(deployment: Deployment) -> None:
    _, told = deployment.status()
    old = told["index"]["index"]
    before = deployment.vectors()
    layout = deployment.checkout.root / "passages" / "layout.py"
    text = layout.read_text()
    assert "\nLAYOUT = 1\n" in text
    layout.write_text(text.replace("\nLAYOUT = 1\n", "\nLAYOUT = 2\n"))
    deployment.deploy("workflows")
    counts = deployment.run()["counts"]
    assert counts["moved"] is True
    assert counts["index"] != old
    assert len(deployment.vectors()) == len(before) + len(FEW)
    _, told = deployment.status()
    assert (told["index"]["index"], told["index"]["before"]) == (counts["index"], old)
    led = deployment.checkout.must("ingest", "rollback", "--env", ENV, "--yes", "--json").json
    assert (led["index"], led["before"]) == (old, counts["index"])
    assert set(deployment.indexed()) == set(FEW)
    _, told = deployment.status()
    assert told["index"]["index"] == old
