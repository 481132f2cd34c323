"""Crawling sites on loopback."""

from __future__ import annotations

import pytest

from ingestion.errors import Busy, PageFailed
from ingestion.web.crawling import crawl
from ingestion.web.deadlines import Deadline
from ingestion.web.listing import Listing
from tests.ingestion.listings import addresses, listing_of, visitor_of
from tests.ingestion.site import Answer, Site


def crawled(
    site: Site, *start: str, depth: int = 3, most: int = 100, keep_query: bool = False, seconds: float = 60
) -> Listing:
    listing = listing_of(site, most=most, keep_query=keep_query)
    begin = [site.url(path) for path in start or ("/",)]
    crawl(visitor_of(site), begin, listing, depth=depth, page_bytes=100_000, deadline=Deadline(seconds))
    return listing


def paths(site: Site, listing: Listing) -> list[str]:
    return [address.removeprefix(site.url("")) for address in addresses(listing)]


def links(*targets: str) -> str:
    return "".join(f'<a href="{target}">go</a>' for target in targets)


def test_links_are_followed_breadth_first_and_pages_listed_once(site: Site) -> None:
    site.html("/", links("/a", "b#part", "/", "/a?x=1"))
    site.html("/a", links("/a/deep", "/b"))
    site.html("/b", links("/"))
    site.html("/a/deep", "end")
    assert paths(site, crawled(site)) == ["/", "/a", "/b", "/a/deep"]
    assert site.pages_asked == ["/", "/a", "/b", "/a/deep"]


@pytest.mark.parametrize(("depth", "found"), [(0, ["/"]), (1, ["/", "/1"]), (2, ["/", "/1", "/2"])])
def test_no_deeper_than_allowed(site: Site, depth: int, found: list[str]) -> None:
    site.html("/", links("/1"))
    site.html("/1", links("/2"))
    site.html("/2", links("/3"))
    assert paths(site, crawled(site, depth=depth)) == found
    assert site.pages_asked == found[:-1]


def test_other_hosts_and_ports_are_not_entered(site: Site) -> None:
    site.html(
        "/", links("https://evil.example/", "http://169.254.169.254/", "http://127.0.0.1:1/x", "mailto:a@b.example")
    )
    listing = crawled(site)
    assert paths(site, listing) == ["/"]
    assert listing.refused == {"host_refused": 2, "address_refused": 1}


def test_no_more_pages_than_allowed_on_a_site_without_end(site: Site) -> None:
    for number in range(30):
        site.html(f"/{number}", links(f"/{number + 1}"))
    listing = crawled(site, "/0", depth=100, most=10)
    assert len(listing.pages) == 10
    assert listing.refused == {"limit": 1}


def test_robots_txt_is_kept(site: Site) -> None:
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /private", "text/plain")
    site.html("/", links("/private/a", "/b"))
    site.html("/private/a", links("/c"))
    site.html("/b", "")
    assert paths(site, crawled(site)) == ["/", "/b"]
    assert site.pages_asked == ["/", "/b"]


def test_queries_make_pages_where_that_is_configured(site: Site) -> None:
    site.html("/", links("/a?n=1", "/a?n=2"))
    for path in ("/a", "/a?n=1", "/a?n=2"):
        site.html(path, "")
    assert paths(site, crawled(site)) == ["/", "/a"]
    assert paths(site, crawled(site, keep_query=True)) == ["/", "/a?n=1", "/a?n=2"]


def test_what_pages_ask_of_crawlers_is_kept(site: Site) -> None:
    site.html("/", links("/noindex", "/nofollow") + '<a rel="ugc nofollow" href="/marked">x</a>')
    site.html("/noindex", '<meta name="robots" content="noindex">' + links("/a"))
    site.pages["/nofollow"] = Answer(links("/b").encode(), headers=(("X-Robots-Tag", "nofollow"),))
    site.html("/a", "")
    listing = crawled(site)
    assert paths(site, listing) == ["/", "/nofollow", "/a"]
    assert listing.refused == {"noindex": 1}


def test_a_double_is_listed_as_the_page_that_it_names(site: Site) -> None:
    site.html("/", links("/print/a", "/b"))
    site.html("/print/a", '<link rel="canonical" href="/a">')
    site.html("/a", '<link rel="canonical" href="/a">')
    site.html("/b", '<link rel="canonical" href="https://evil.example/b">')
    listing = crawled(site)
    assert paths(site, listing) == ["/", "/b", "/a"]
    assert listing.refused == {"canonical": 1}


def test_files_that_are_no_pages_are_not_asked_for(site: Site) -> None:
    site.html("/", links("/a.pdf", "/b.JPG", "/v1.2", "/c.html"))
    site.html("/v1.2", "")
    site.html("/c.html", "")
    assert paths(site, crawled(site)) == ["/", "/v1.2", "/c.html"]
    assert "/a.pdf" not in site.asked


def test_a_broken_page_does_not_stop_the_others(site: Site) -> None:
    """It stays in the list, so that it fails where failures are counted."""
    site.html("/", links("/gone", "/a"))
    site.html("/a", "")
    listing = crawled(site)
    assert paths(site, listing) == ["/", "/gone", "/a"]
    assert listing.complete


@pytest.mark.parametrize("status", [400, 401, 403, 429, 451, 503])
def test_behind_a_page_that_is_not_read_there_may_be_others(site: Site, status: int) -> None:
    site.html("/", links("/busy", "/a"))
    site.html("/a", "")
    site.pages["/busy"] = Answer(status=status)
    listing = crawled(site)
    assert paths(site, listing) == ["/", "/busy", "/a"]
    assert listing.missed == {f"status_{status}": 1}
    assert not listing.complete


def test_behind_a_redirect_that_is_refused_there_may_be_others(site: Site) -> None:
    site.html("/", links("/login"))
    site.redirect("/login", "https://evil.example/login")
    assert crawled(site).missed == {"redirect_refused": 1}


@pytest.mark.parametrize(
    "answer", [Answer(status=404), Answer(status=410), Answer(b"PNG", "image/png")], ids=["404", "410", "image"]
)
def test_behind_a_page_that_is_gone_or_has_no_links_there_is_nothing(site: Site, answer: Answer) -> None:
    site.html("/", links("/b"))
    site.pages["/b"] = answer
    assert crawled(site).complete


def test_when_the_time_is_over_the_list_is_not_complete(site: Site) -> None:
    site.html("/", links("/a"))
    listing = crawled(site, seconds=0)
    assert listing.missed == {"list_too_slow": 1}
    assert site.asked == []


def test_a_start_page_that_fails_ends_the_list(site: Site) -> None:
    with pytest.raises(PageFailed, match=r"^status_404$"):
        crawled(site)
    site.pages["/"] = Answer(status=500)
    with pytest.raises(Busy, match=r"^status_500$"):
        crawled(site)


def test_plain_text_is_a_page_without_links(site: Site) -> None:
    site.html("/", links("/a"))
    site.pages["/a"] = Answer(b'<a href="/b">', "text/plain")
    assert paths(site, crawled(site)) == ["/", "/a"]
