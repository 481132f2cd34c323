"""Sitemaps and their indexes, with what an attacker would write into them."""

from __future__ import annotations

import gzip
import time

import pytest

from ingestion.errors import Busy, PageFailed
from ingestion.web import sitemaps
from ingestion.web.listing import Listing
from ingestion.web.sitemaps import list_sitemap, parse_sitemap
from tests.ingestion.listings import addresses, listing_of, visitor_of
from tests.ingestion.site import Answer, Site

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def sitemap(*addresses: str, root: str = "urlset", item: str = "url") -> Answer:
    entries = "".join(f"<{item}><loc> {each} </loc><lastmod>2026-01-01</lastmod></{item}>" for each in addresses)
    return Answer(f'<?xml version="1.0"?><{root} xmlns="{NAMESPACE}">{entries}</{root}>'.encode(), "application/xml")


def index(*addresses: str) -> Answer:
    return sitemap(*addresses, root="sitemapindex", item="sitemap")


def listed(site: Site, *, most: int = 100, hosts: tuple[str, ...] = ("127.0.0.1",)) -> Listing:
    listing = listing_of(site, most=most, hosts=hosts)
    list_sitemap(visitor_of(site, hosts=hosts), site.url("/sitemap.xml"), listing)
    return listing


def test_pages_are_listed_once_in_their_order(site: Site) -> None:
    site.pages["/sitemap.xml"] = sitemap(site.url("/b"), site.url("/a?x=1&amp;y=2"), site.url("/a"), site.url("/b#c"))
    assert addresses(listed(site)) == [site.url("/b"), site.url("/a")]


def test_other_hosts_schemes_and_ports_are_not_pages(site: Site) -> None:
    site.pages["/sitemap.xml"] = sitemap(
        site.url("/a"), "https://evil.example/a", "file:///etc/passwd", "http://user@127.0.0.1/a", site.url("/a.pdf")
    )
    listing = listed(site)
    assert addresses(listing) == [site.url("/a")]
    assert listing.refused == {"host_refused": 1, "address_refused": 2, "type": 1}


def test_pages_that_robots_txt_forbids_are_not_listed(site: Site) -> None:
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /private", "text/plain")
    site.pages["/sitemap.xml"] = sitemap(site.url("/a"), site.url("/private/b"))
    listing = listed(site)
    assert addresses(listing) == [site.url("/a")]
    assert listing.refused == {"robots": 1}


def test_a_sitemap_that_robots_txt_forbids_is_not_read(site: Site) -> None:
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /sitemap.xml", "text/plain")
    site.pages["/sitemap.xml"] = sitemap(site.url("/a"))
    with pytest.raises(PageFailed, match=r"^robots$"):
        listed(site)
    assert site.pages_asked == []


def test_no_more_pages_than_allowed(site: Site) -> None:
    site.pages["/sitemap.xml"] = sitemap(*(site.url(f"/{number}") for number in range(50)))
    listing = listed(site, most=10)
    assert len(listing.pages) == 10
    assert listing.refused == {"limit": 1}


def test_an_index_leads_to_sitemaps_packed_or_not(site: Site) -> None:
    site.pages["/sitemap.xml"] = index(site.url("/one.xml"), site.url("/two.xml.gz"), site.url("/one.xml"))
    site.pages["/one.xml"] = sitemap(site.url("/a"))
    packed = sitemap(site.url("/b"))
    assert isinstance(packed, Answer)
    site.pages["/two.xml.gz"] = Answer(gzip.compress(packed.body), "application/x-gzip")
    assert addresses(listed(site)) == [site.url("/a"), site.url("/b")]
    assert site.pages_asked == ["/sitemap.xml", "/one.xml", "/two.xml.gz"]


def test_an_index_names_no_other_host(site: Site) -> None:
    site.pages["/sitemap.xml"] = index(
        "https://evil.example/s.xml", "http://169.254.169.254/s.xml", site.url("/one.xml")
    )
    site.pages["/one.xml"] = sitemap(site.url("/a"))
    listing = listed(site)
    assert addresses(listing) == [site.url("/a")]
    assert listing.refused == {"host_refused": 2}


def test_indexes_are_nested_no_deeper_than_allowed(site: Site) -> None:
    site.pages["/sitemap.xml"] = index(site.url("/1.xml"))
    site.pages["/1.xml"] = index(site.url("/2.xml"))
    site.pages["/2.xml"] = sitemap(site.url("/a"))
    assert addresses(listed(site)) == [site.url("/a")]
    site.pages["/2.xml"] = index(site.url("/3.xml"))
    with pytest.raises(PageFailed, match=r"^sitemap_limit$"):
        listed(site)


def test_an_index_that_names_itself_is_read_once(site: Site) -> None:
    site.pages["/sitemap.xml"] = index(site.url("/sitemap.xml"), site.url("/one.xml"))
    site.pages["/one.xml"] = sitemap(site.url("/a"))
    listed(site)
    assert site.pages_asked == ["/sitemap.xml", "/one.xml"]


def test_no_more_sitemaps_than_allowed(site: Site) -> None:
    site.pages["/sitemap.xml"] = index(*(site.url(f"/{number}.xml") for number in range(sitemaps.MOST_SITEMAPS)))
    with pytest.raises(PageFailed, match=r"^sitemap_limit$"):
        listed(site)
    assert site.pages_asked == ["/sitemap.xml"]


def test_a_sitemap_that_is_busy_or_gone_ends_the_list(site: Site) -> None:
    """Half a list would make the other half's pages vanish."""
    site.pages["/sitemap.xml"] = index(site.url("/one.xml"), site.url("/two.xml"))
    site.pages["/one.xml"] = sitemap(site.url("/a"))
    with pytest.raises(PageFailed, match=r"^status_404$"):
        listed(site)
    site.pages["/two.xml"] = Answer(status=503)
    with pytest.raises(Busy, match=r"^status_503$"):
        listed(site)


def test_a_packed_bomb_is_too_large(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "MOST_BYTES", 100_000)
    site.pages["/sitemap.xml"] = Answer(gzip.compress(b"<urlset>" + b" " * 1_000_000), "application/gzip")
    with pytest.raises(PageFailed, match=r"^too_large$"):
        listed(site)


@pytest.mark.parametrize(
    "declared",
    [
        "<!DOCTYPE urlset>",
        '<!DOCTYPE urlset SYSTEM "http://evil.example/x.dtd">',
        '<!DOCTYPE urlset [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE urlset [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE urlset [<!ENTITY % a SYSTEM "http://evil.example/x"> %a;]>',
    ],
)
def test_document_types_and_entities_are_refused(declared: str) -> None:
    with pytest.raises(PageFailed, match=r"^sitemap_entities$"):
        parse_sitemap(f"{declared}<urlset><url><loc>http://site.example/&a;</loc></url></urlset>".encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>not found</body></html>",
        b"<urlset><url><loc>http://site.example/</loc>",
        b"<urlset><url><loc>&undeclared;</loc></url></urlset>",
        b'<?xml version="1.0" encoding="rot13"?><urlset/>',
        b'<?xml version="1.0" encoding="utf-7"?><urlset/>',
        b"<urlset>" + b"<a>" * 20,
        b'<urlset xmlns="http://other.example"/>',
        b"{}",
    ],
)
def test_what_is_no_sitemap_is_refused(body: bytes) -> None:
    with pytest.raises(PageFailed, match=r"^sitemap$"):
        parse_sitemap(body)


def test_addresses_of_images_are_not_pages() -> None:
    image = "<i:image><i:loc>http://site.example/a.jpg</i:loc></i:image>"
    body = f'<urlset xmlns="{NAMESPACE}" xmlns:i="http://www.google.com/schemas/sitemap-image/1.1"><url>{image}</url>'
    assert parse_sitemap(f"{body}</urlset>".encode()).addresses == ()


def test_no_more_addresses_than_a_sitemap_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "MOST_ADDRESSES", 10)
    with pytest.raises(PageFailed, match=r"^sitemap_limit$"):
        parse_sitemap(b"<urlset>" + b"<url><loc>a</loc></url>" * 11 + b"</urlset>")


def test_a_sitemap_of_countless_empty_gzip_members_takes_no_quadratic_time(site: Site) -> None:
    member = gzip.compress(b"")
    packed = member * (4 * 1024 * 1024 // len(member))
    site.pages["/sitemap.xml"] = Answer(packed, "application/gzip")
    begun = time.process_time()
    with pytest.raises(PageFailed, match=r"^sitemap$"):
        listed(site)
    assert time.process_time() - begun < 8
