"""Which addresses a fetch goes to, over real sockets; names and public addresses lead to servers on loopback."""

from __future__ import annotations

import ssl

import pytest

from ingestion.errors import PageFailed
from ingestion.web.fetching import MOST_REDIRECTS
from tests.ingestion.fetches import at, fetch
from tests.ingestion.site import PUBLIC, USER_AGENT, Answer, Names, Site


def test_a_page_is_fetched_without_any_identity_but_the_crawlers(site: Site) -> None:
    site.pages["/"] = Answer("grüße".encode(), "Text/HTML; Charset=UTF-8", headers=(("X-Robots-Tag", "nofollow"),))
    answer = at(site, "/")
    assert (answer.body.decode(), answer.type, answer.charset, answer.robots) == (
        "grüße",
        "text/html",
        "utf-8",
        "nofollow",
    )
    assert answer.address == site.url("/")
    assert site.headers[0]["User-Agent"] == USER_AGENT
    assert not {"Cookie", "Authorization", "Referer"} & site.headers[0].keys()


def test_proxies_of_the_environment_are_not_used(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    site.html("/", "here")
    assert b"here" in at(site, "/").body


def test_the_connection_goes_to_the_address_that_was_judged_and_names_the_host(
    secure_site: Site, trust: ssl.SSLContext
) -> None:
    """The certificate is only valid for the name: TLS was asked for it, too."""
    secure_site.html("/", "safe")
    network = Names({"site.example": [[PUBLIC]]}, {(PUBLIC, 443): secure_site.port})
    assert b"safe" in fetch("https://site.example/", network=network, tls=trust).body
    assert network.connected == [(PUBLIC, 443)]
    assert secure_site.headers[0]["Host"] == "site.example"


def test_a_name_that_turns_to_loopback_is_never_asked_twice_for_one_connection(site: Site) -> None:
    site.html("/", "public")
    network = Names({"site.example": [[PUBLIC], ["127.0.0.1"]]}, {(PUBLIC, 80): site.port})
    assert b"public" in fetch("http://site.example/", network=network).body
    assert network.resolved == ["site.example"]
    assert network.connected == [(PUBLIC, 80)]


def test_a_name_that_turns_to_loopback_is_judged_anew_at_a_redirect(site: Site) -> None:
    site.redirect("/", "http://site.example/again")
    routes = {(PUBLIC, 80): site.port, ("127.0.0.1", 80): site.port}
    network = Names({"site.example": [[PUBLIC], ["127.0.0.1"]]}, routes)
    with pytest.raises(PageFailed, match=r"^redirect_refused$"):
        fetch("http://site.example/", network=network)
    assert network.connected == [(PUBLIC, 80)]
    assert site.asked == ["/"]


def test_one_address_inside_refuses_a_name_with_several() -> None:
    network = Names({"site.example": [[PUBLIC, "10.0.0.1"]]}, {})
    with pytest.raises(PageFailed, match=r"^address_refused$"):
        fetch("http://site.example/", network=network)
    assert network.connected == []


def test_the_next_address_is_tried_when_one_does_not_answer(site: Site) -> None:
    site.html("/", "second")
    network = Names({"site.example": [["2606:4700::1", PUBLIC]]}, {(PUBLIC, 80): site.port})
    assert b"second" in fetch("http://site.example/", network=network).body


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "localhost", "[::1]", "0.0.0.0"])
def test_loopback_is_refused_however_it_is_written(host: str) -> None:
    """By the machine's own resolver, which takes the short and the hexadecimal forms."""
    with pytest.raises(PageFailed, match=r"^address_refused$"):
        fetch(f"http://{host}/2018-06-01/runtime/invocation/next")


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://127.0.0.1/",
        "http://site.example:9001/",
        "http://user@site.example/",
        "file:///etc/passwd",
        "gopher://site.example/",
        "//localhost/",
        "http://[",
    ],
)
def test_redirects_inside_are_refused(site: Site, location: str) -> None:
    site.redirect("/", location)
    network = Names({"site.example": [[PUBLIC]]}, {(PUBLIC, 80): site.port})
    with pytest.raises(PageFailed, match=r"^redirect_refused$"):
        fetch("http://site.example/", network=network)
    assert network.connected == [(PUBLIC, 80)]


def test_redirects_to_loopback_are_refused_where_another_port_of_it_is_allowed(site: Site) -> None:
    site.redirect("/", "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next")
    with pytest.raises(PageFailed, match=r"^redirect_refused$"):
        at(site, "/")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_and_the_last_address_is_told(site: Site, status: int) -> None:
    site.redirect("/old", "new?a=1#b", status)
    site.html("/new?a=1", "here")
    assert at(site, "/old").address == site.url("/new?a=1")


def test_redirects_never_lead_from_https_to_http(secure_site: Site, trust: ssl.SSLContext) -> None:
    secure_site.redirect("/", "http://site.example/")
    network = Names({"site.example": [[PUBLIC]]}, {(PUBLIC, 443): secure_site.port})
    with pytest.raises(PageFailed, match=r"^redirect_refused$"):
        fetch("https://site.example/", network=network, tls=trust)


def test_redirects_end(site: Site) -> None:
    site.redirect("/", "/")
    with pytest.raises(PageFailed, match=r"^too_many_redirects$"):
        at(site, "/")
    assert len(site.asked) == MOST_REDIRECTS + 1


def test_a_certificate_of_another_name_fails(secure_site: Site, trust: ssl.SSLContext) -> None:
    network = Names({"other.example": [[PUBLIC]]}, {(PUBLIC, 443): secure_site.port})
    with pytest.raises(PageFailed, match=r"^tls$"):
        fetch("https://other.example/", network=network, tls=trust)
    assert secure_site.asked == []


def test_a_certificate_that_nobody_vouches_for_fails(secure_site: Site) -> None:
    network = Names({"site.example": [[PUBLIC]]}, {(PUBLIC, 443): secure_site.port})
    with pytest.raises(PageFailed, match=r"^tls$"):
        fetch("https://site.example/", network=network)
