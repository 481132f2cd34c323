"""What a fetch makes of answers: their status, media type and bytes."""

from __future__ import annotations

import gzip
import http.server
from collections.abc import Callable

import pytest

from ingestion.errors import Busy, PageFailed
from tests.ingestion.fetches import LIMITS, at
from tests.ingestion.site import Answer, Site, endless


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
