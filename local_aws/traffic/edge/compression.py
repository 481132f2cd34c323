"""Compression by CloudFront, with gzip.

Source: CloudFront guide, "Serve compressed files". Brotli, which CloudFront prefers where the viewer takes both,
isn't in Python's library: such a viewer gets gzip, one that takes Brotli alone gets the answer as it is.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator

from local_aws.traffic.edge.bodies import Derived
from local_aws.traffic.hops import Answer

_SMALLEST, _LARGEST = 1_000, 10_000_000
_STATUSES = (200, 403, 404)
_TYPES = frozenset(
    [
        "application/dash+xml",
        "application/eot",
        "application/font",
        "application/font-sfnt",
        "application/javascript",
        "application/json",
        "application/opentype",
        "application/otf",
        "application/pdf",
        "application/pkcs7-mime",
        "application/protobuf",
        "application/rss+xml",
        "application/truetype",
        "application/ttf",
        "application/vnd.apple.mpegurl",
        "application/vnd.mapbox-vector-tile",
        "application/vnd.ms-fontobject",
        "application/wasm",
        "application/xhtml+xml",
        "application/xml",
        "application/x-font-opentype",
        "application/x-font-truetype",
        "application/x-font-ttf",
        "application/x-httpd-cgi",
        "application/x-javascript",
        "application/x-mpegurl",
        "application/x-opentype",
        "application/x-otf",
        "application/x-perl",
        "application/x-ttf",
        "font/eot",
        "font/opentype",
        "font/otf",
        "font/ttf",
        "image/svg+xml",
        "text/css",
        "text/csv",
        "text/html",
        "text/javascript",
        "text/js",
        "text/plain",
        "text/richtext",
        "text/tab-separated-values",
        "text/xml",
        "text/x-component",
        "text/x-java-source",
        "text/x-script",
        "vnd.apple.mpegurl",
    ]
)


def compressible(answer: Answer) -> bool:
    """Whether CloudFront compresses such an answer: by status, type and length."""
    length = answer.header("content-length") or ""
    kind = (answer.header("content-type") or "").split(";")[0].strip().lower()
    return (
        answer.status in _STATUSES
        and kind in _TYPES
        and length.isdigit()
        and _SMALLEST <= int(length) <= _LARGEST
        and answer.header("content-encoding") is None
    )


def compressed(answer: Answer) -> Answer:
    """The answer with gzip; a strong ETag becomes a weak one."""
    changed = {"content-length", "etag", "vary"}
    kept = [(name, value) for name, value in answer.headers if name.lower() not in changed]
    etag, vary = answer.header("etag"), answer.header("vary")
    if etag is not None:
        kept.append(("etag", etag if etag.startswith("W/") else f"W/{etag}"))
    varies = vary if vary and "accept-encoding" in vary.lower() else ", ".join(filter(None, (vary, "Accept-Encoding")))
    kept += [("vary", varies), ("content-encoding", "gzip")]
    return Answer(answer.status, tuple(kept), Derived(answer.body, _gzip(answer.body)))


async def _gzip(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    # 16 added to the window size asks zlib for gzip's form.
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    async for chunk in body:
        packed = packer.compress(chunk)
        if packed:
            yield packed
    yield packer.flush()
