"""Fetches over real sockets; names and public addresses lead to servers on loopback."""

from __future__ import annotations

import gzip
import http.server
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from ingestion.errors import Busy, PageFailed
from ingestion.web.addresses import AddressRules
from ingestion.web.deadlines import Deadline
from ingestion.web.fetching import MOST_REDIRECTS, Fetcher, Limits, Response
from ingestion.web.network import Network
from tests.ingestion.site import PUBLIC, USER_AGENT, Answer, Names, Site, endless

# Some twenty seconds: what waits for the end of a dripping answer fails by another code.
MOST_DROPS = 1000
LIMITS = Limits(64 * 1024, types={"text/html", "text/plain"})


def fetch(
    address: str,
    *,
    network: Network | None = None,
    tls: ssl.SSLContext | None = None,
    allowed: frozenset[str] = frozenset(),
    seconds: float = 20,
    limits: Limits = LIMITS,
) -> Response:
    fetcher = Fetcher(user_agent=USER_AGENT, rules=AddressRules(allowed), network=network, tls=tls)
    return fetcher.fetch(address, limits=limits, deadline=Deadline(seconds))


def at(site: Site, path: str, *, seconds: float = 20, limits: Limits = LIMITS) -> Response:
    """Fetch from a site on loopback that is allowed."""
    return fetch(site.url(path), allowed=frozenset({f"127.0.0.1:{site.port}"}), seconds=seconds, limits=limits)


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


@pytest.mark.parametrize("status", [204, 206, 300, 304, 302, 400, 401, 403, 404, 410])
def test_other_answers_fail_by_their_status(site: Site, status: int) -> None:
    site.pages["/"] = Answer(status=status)
    with pytest.raises(PageFailed, match=rf"^status_{status}$"):
        at(site, "/")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_busy_answers_are_to_be_tried_again(site: Site, status: int) -> None:
    site.pages["/"] = Answer(status=status)
    with pytest.raises(Busy, match=rf"^status_{status}$"):
        at(site, "/")


@pytest.mark.parametrize("kind", ["application/pdf", "image/png", "", "text/htmlx", "nonsense"])
def test_other_types_are_refused(site: Site, kind: str) -> None:
    site.pages["/"] = Answer(b"%PDF", kind)
    with pytest.raises(PageFailed, match=r"^type$"):
        at(site, "/")


def test_compressed_pages_are_read(site: Site) -> None:
    site.pages["/"] = Answer(gzip.compress(b"packed"), headers=(("Content-Encoding", "gzip"),))
    assert at(site, "/").body == b"packed"
    assert site.headers[0]["Accept-Encoding"] == "gzip, deflate"


def test_a_zip_bomb_is_too_large(site: Site) -> None:
    packed = gzip.compress(bytes(32 * 1024 * 1024))
    assert len(packed) < LIMITS.body_bytes
    site.pages["/"] = Answer(packed, headers=(("Content-Encoding", "gzip"),))
    with pytest.raises(PageFailed, match=r"^too_large$"):
        at(site, "/")


def test_an_endless_page_is_too_large(site: Site) -> None:
    site.pages["/"] = endless
    with pytest.raises(PageFailed, match=r"^too_large$"):
        at(site, "/")


def _chunks_without_end(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for _ in range(1000):
        handler.wfile.write(b"400\r\n" + b"x" * 1024 + b"\r\n")


def test_endless_chunks_are_too_large(site: Site) -> None:
    site.pages["/"] = _chunks_without_end
    with pytest.raises(PageFailed, match=r"^too_large$"):
        at(site, "/")


@contextmanager
def dripping(first: bytes, drop: bytes) -> Iterator[int]:
    """Port of a server that sends `first`, then `drop` again and again, until the client hangs up or the test ends."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                try:
                    connection.sendall(first)
                    for _ in range(MOST_DROPS):
                        if over.wait(0.02):
                            return
                        connection.sendall(drop)
                except OSError:
                    return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            thread.join()


@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (b"", b""),
        (b"HTTP/1.1 200 OK\r\nX-", b"a"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 60000\r\n\r\n", b"a"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    ],
    ids=["silence", "headers", "continue", "body", "chunks"],
)
def test_time_counts_in_all_however_often_something_arrives(first: bytes, drop: bytes) -> None:
    with dripping(first, drop) as port, pytest.raises(PageFailed, match=r"^too_slow$"):
        fetch(f"http://127.0.0.1:{port}/", allowed=frozenset({f"127.0.0.1:{port}"}), seconds=0.3)


def test_a_handshake_without_end_is_too_slow(trust: ssl.SSLContext) -> None:
    with dripping(b"", b"") as port:
        network = Names({"site.example": [[PUBLIC]]}, {(PUBLIC, 443): port})
        with pytest.raises(PageFailed, match=r"^too_slow$"):
            fetch("https://site.example/", network=network, tls=trust, seconds=0.3)


def test_a_resolver_that_does_not_answer_is_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def wait(*arguments: object, **options: object) -> list[object]:
        over.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    with pytest.raises(PageFailed, match=r"^too_slow$"):
        fetch("http://site.example/", seconds=0.1)
    over.set()


@pytest.mark.parametrize(
    ("error", "raised", "code"),
    [
        (socket.gaierror(socket.EAI_NONAME, "no such name"), PageFailed, "unknown_host"),
        (socket.gaierror(socket.EAI_AGAIN, "try again"), Busy, "unreachable"),
        (UnicodeError("label too long"), PageFailed, "unknown_host"),
    ],
)
def test_names_that_are_not_found(
    error: Exception, raised: type[Exception], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(raised, match=rf"^{code}$"):
        fetch("http://site.example/")


def sending(sent: bytes) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    """A page of these very bytes, after which the server hangs up."""

    def reply(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.wfile.write(sent)

    return reply


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhalf",
    ],
)
def test_half_an_answer_is_to_be_tried_again(site: Site, sent: bytes) -> None:
    site.pages["/"] = sending(sent)
    with pytest.raises(Busy, match=r"^unreachable$"):
        at(site, "/")


def test_what_is_not_http_fails(site: Site) -> None:
    site.pages["/"] = sending(b"SSH-2.0-OpenSSH\r\n")
    with pytest.raises(PageFailed, match=r"^protocol$"):
        at(site, "/")


def test_nobody_listening_is_to_be_tried_again() -> None:
    with pytest.raises(Busy, match=r"^unreachable$"):
        fetch("http://site.example/", network=Names({"site.example": [[PUBLIC]]}, {}))


def test_a_certificate_of_another_name_fails(secure_site: Site, trust: ssl.SSLContext) -> None:
    network = Names({"other.example": [[PUBLIC]]}, {(PUBLIC, 443): secure_site.port})
    with pytest.raises(PageFailed, match=r"^tls$"):
        fetch("https://other.example/", network=network, tls=trust)
    assert secure_site.asked == []


def test_a_certificate_that_nobody_vouches_for_fails(secure_site: Site) -> None:
    network = Names({"site.example": [[PUBLIC]]}, {(PUBLIC, 443): secure_site.port})
    with pytest.raises(PageFailed, match=r"^tls$"):
        fetch("https://site.example/", network=network)
