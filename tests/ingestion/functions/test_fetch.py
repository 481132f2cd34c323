"""The fetching function, with sites on loopback and the emulated S3."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from ingestion.errors import Busy, IngestionError, PageFailed, SettingsError
from ingestion.functions import fetch
from ingestion.functions.fetch import Fetching
from ingestion.settings import load_fetch_settings
from ingestion.store import Store
from ingestion.web.addresses import page_id
from local_aws import Endpoint
from tests.ingestion.fetching_function import (
    RUN,
    crawl_of,
    function_with,
    list_event,
    page_event,
    settings_json,
    sitemap,
    sitemap_of,
)
from tests.ingestion.site import PUBLIC, Answer, Names, Site, endless

LONG = "The ticket office opens at nine in the morning."


@pytest.fixture
def function(s3: Any, bucket: str, site: Site) -> Fetching:
    """The function with the site's sitemap as its source `main`."""
    return function_with(s3, bucket, site, sitemap_of(site))


def run_all(function: Fetching, store: Store) -> tuple[list[dict[str, Any]], Counter[str]]:
    """List a source and fetch each of its pages; results, and how often each code was raised."""
    done, failed = [], Counter[str]()
    for page in store.get_list(function.answer(list_event())["key"]):
        try:
            done.append(function.answer(page_event(page.address)))
        except IngestionError as error:
            failed[error.code] += 1
    return done, failed


def test_two_hundred_pages_with_five_broken(function: Fetching, s3: Any, bucket: str, site: Site) -> None:
    for number in range(195):
        site.html(f"/{number}", f"<main><p>{LONG} {number}</p></main>")
    site.pages["/195"] = Answer(status=404)
    site.pages["/196"] = Answer(status=500)
    site.pages["/197"] = endless
    site.pages["/198"] = Answer(gzip.compress(bytes(16 * 1024 * 1024)), headers=(("Content-Encoding", "gzip"),))
    site.redirect("/199", "http://169.254.169.254/latest/meta-data/")
    sitemap(site, *(f"/{number}" for number in range(200)))
    store = Store(s3, bucket)
    done, failed = run_all(function, store)
    assert failed == {"status_404": 1, "status_500": 1, "too_large": 2, "redirect_refused": 1}
    assert len(done) == len({result["hash"] for result in done}) == 195
    last = store.get_page(done[-1]["key"])
    assert (last.address, last.final) == (site.url("/194"), site.url("/194"))
    assert f"{LONG} 194".encode() in last.body
    assert Counter(site.asked)["/robots.txt"] == 1
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert len(keys) == 196
    assert all(key.startswith("fetched/main/run-1/") for key in keys)


def test_a_page_is_answered_by_its_key_never_by_its_text(function: Fetching, site: Site) -> None:
    site.html("/a", f"<title>Hours</title><main>{LONG}</main>")
    address = site.url("/a")
    answer = function.answer(page_event(address))
    assert answer == {
        "page": page_id(address),
        "address": address,
        "key": f"fetched/main/run-1/{page_id(address)}.json",
        "hash": answer["hash"],
        "type": "text/html",
    }
    assert LONG not in json.dumps(answer)


def test_what_changes_beside_the_text_does_not_change_the_hash(function: Fetching, site: Site) -> None:
    hashes = []
    for text, script in ((LONG, "1"), (LONG, "2"), ("Something else.", "2")):
        site.html("/a", f"<script>{script}</script><main>{text}</main>")
        hashes.append(function.answer(page_event(site.url("/a")))["hash"])
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_list_says_how_many_and_what_was_refused(function: Fetching, s3: Any, bucket: str, site: Site) -> None:
    site.pages["/robots.txt"] = Answer(b"User-agent: SiteChat\nDisallow: /private", "text/plain")
    sitemap(site, "/a", "/b", "/private/c", "/d.pdf")
    answer = function.answer(list_event())
    key = "fetched/main/run-1/list.json"
    assert answer == {"key": key, "pages": 2, "refused": {"robots": 1, "type": 1}, "missed": {}, "complete": True}
    listed = Store(s3, bucket).get_list(key)
    assert [page.address for page in listed] == [site.url("/a"), site.url("/b")]
    assert [page.page for page in listed] == [page_id(page.address) for page in listed]


def test_robots_txt_is_kept_for_a_page_that_is_asked_for_by_name(function: Fetching, site: Site) -> None:
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /private", "text/plain")
    with pytest.raises(PageFailed, match=r"^robots$"):
        function.answer(page_event(site.url("/private")))
    assert site.pages_asked == []


def test_robots_txt_is_kept_where_a_redirect_leads(function: Fetching, site: Site) -> None:
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /private", "text/plain")
    site.redirect("/a", "/private")
    with pytest.raises(PageFailed, match=r"^robots$"):
        function.answer(page_event(site.url("/a")))
    assert site.pages_asked == ["/a"]


def test_a_redirect_to_another_public_host_is_refused(s3: Any, bucket: str, site: Site) -> None:
    """Nobody but the source's own hosts can put words into the index."""
    site.redirect("/a", "http://evil.example/a")
    site.html("/robots.txt", "")
    source = {"name": "main", "kind": "crawl", "start": ["http://site.example/"], "hosts": ["site.example"]}
    network = Names({"site.example": [[PUBLIC]], "evil.example": [[PUBLIC]]}, {(PUBLIC, 80): site.port})
    settings = load_fetch_settings({"INGESTION": settings_json(bucket, site, source)})
    with pytest.raises(PageFailed, match=r"^redirect_refused$"):
        Fetching(settings, s3, network=network).answer(page_event("http://site.example/a"))
    assert "evil.example" not in network.resolved


def test_a_name_that_turns_to_loopback_gives_nothing(s3: Any, bucket: str, site: Site) -> None:
    """Public for robots.txt and the first answer, loopback from the redirect on."""
    site.redirect("/a", "/b")
    site.html("/b", "inside")
    source = {"name": "main", "kind": "crawl", "start": ["http://site.example/"], "hosts": ["site.example"]}
    routes = {(PUBLIC, 80): site.port, ("127.0.0.1", 80): site.port}
    network = Names({"site.example": [[PUBLIC], [PUBLIC], ["127.0.0.1"]]}, routes)
    settings = load_fetch_settings({"INGESTION": settings_json(bucket, site, source)})
    with pytest.raises(PageFailed, match=r"^redirect_refused$"):
        Fetching(settings, s3, network=network).answer(page_event("http://site.example/a"))
    assert network.connected == [(PUBLIC, 80), (PUBLIC, 80)]
    assert "/b" not in site.asked


def test_pages_of_other_hosts_are_refused(function: Fetching) -> None:
    with pytest.raises(PageFailed, match=r"^host_refused$"):
        function.answer(page_event("https://evil.example/"))


def test_a_page_under_the_id_of_another_is_refused(function: Fetching, site: Site) -> None:
    event = {**page_event(site.url("/a")), "page": page_id(site.url("/b"))}
    with pytest.raises(PageFailed, match=r"^address_refused$"):
        function.answer(event)


@pytest.mark.parametrize("body", ['<meta name="robots" content="noindex">text', "<nav>only</nav>"])
def test_pages_that_give_no_passages_are_not_written(
    function: Fetching, s3: Any, bucket: str, site: Site, body: str
) -> None:
    site.html("/a", body)
    with pytest.raises(PageFailed, match=r"^(noindex|empty)$"):
        function.answer(page_event(site.url("/a")))
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_an_empty_list_is_an_error(function: Fetching, s3: Any, bucket: str, site: Site) -> None:
    sitemap(site)
    with pytest.raises(PageFailed, match=r"^empty$"):
        function.answer(list_event())
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /a", "text/plain")
    sitemap(site, "/a")
    with pytest.raises(PageFailed, match=r"^robots$"):
        function_with(s3, bucket, site, sitemap_of(site)).answer(list_event())


def test_a_busy_site_is_to_be_tried_again(function: Fetching, site: Site) -> None:
    site.pages["/sitemap.xml"] = Answer(status=429)
    with pytest.raises(Busy, match=r"^status_429$"):
        function.answer(list_event())


def test_a_crawled_source(s3: Any, bucket: str, site: Site) -> None:
    site.html("/", '<a href="/a">a</a><a href="/b">b</a>')
    site.pages["/b"] = Answer(status=503)
    function = function_with(s3, bucket, site, {**crawl_of(site), "depth": 2})
    answer = function.answer(list_event())
    assert (answer["pages"], answer["complete"]) == (3, False)


def test_events_that_are_not_known(function: Fetching, site: Site) -> None:
    with pytest.raises(ValueError, match=r"do is 'other' \(expected list or page\)"):
        function.answer({"do": "other", "source": "main", "run": RUN})
    with pytest.raises(SettingsError, match=r"no source 'other'"):
        function.answer({"do": "list", "source": "other", "run": RUN})
    sitemap(site, "/a")
    with pytest.raises(ValueError, match=r"run is"):
        function.answer({"do": "list", "source": "main", "run": "../../runs"})


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint, bucket: str, site: Site) -> Iterator[None]:
    """The environment that a function finds."""
    variables = {
        "INGESTION": settings_json(bucket, site, sitemap_of(site)),
        "AWS_ENDPOINT_URL": endpoint.url,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": endpoint.account_id,
        "AWS_SECRET_ACCESS_KEY": "emulated",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    fetch._fetching.cache_clear()
    yield
    fetch._fetching.cache_clear()


@pytest.mark.usefixtures("deployed")
def test_the_entry_point_reads_its_environment_and_keeps_robots_txt(site: Site) -> None:
    site.html("/a", LONG)
    for _ in range(2):
        fetch.handle(page_event(site.url("/a")), None)
    assert site.asked == ["/robots.txt", "/a", "/a"]


@pytest.mark.usefixtures("deployed")
def test_addresses_and_texts_do_not_get_into_the_log(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.html("/secret", '<meta name="robots" content="noindex">private text')
    with pytest.raises(PageFailed):
        fetch.handle(page_event(site.url("/secret")), None)
    assert f"page {page_id(site.url('/secret'))} of main: noindex" in caplog.text
    assert "/secret" not in caplog.text
    assert "private text" not in caplog.text
