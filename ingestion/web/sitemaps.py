"""Sitemaps: addresses out of XML that may have neither a document type nor entities, and of sitemap indexes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.parsers import expat

from ingestion.errors import PageFailed

from .addresses import parse
from .decoding import decode
from .listing import Listing
from .visiting import Visitor

# An index of sitemaps, and one level below it: more than the protocol allows, less than a loop needs.
MOST_DEPTH = 2
MOST_SITEMAPS = 100
# sitemaps.org: 50,000 addresses and 50 MiB; a fifth of those bytes holds as many addresses of 200 characters.
MOST_BYTES = 10 * 1024 * 1024
MOST_ADDRESSES = 50_000
_DEEPEST_ELEMENT = 16
_NAMESPACES = {"", "http://www.sitemaps.org/schemas/sitemap/0.9"}
# Servers say all of these of XML, and of XML in gzip.
_TYPES = None
_GZIP = b"\x1f\x8b"
_CHUNK_BYTES = 16 * 1024


@dataclass(frozen=True)
class Sitemap:
    """Addresses as they stand in a sitemap.

    Args:
        is_index: Whether they lead to further sitemaps, not to pages.
    """

    is_index: bool
    addresses: tuple[str, ...]


def list_sitemap(visitor: Visitor, address: str, listing: Listing) -> None:
    """Add to `listing` the pages of a sitemap and of the sitemaps that it names, of the source's hosts alone.

    Raises PageFailed and Busy of whichever sitemap can't be read: half a list would make the other half's pages vanish.
    """
    waiting = [(address, 0)]
    seen = {parse(address).address}
    while waiting and not listing.full:
        at, depth = waiting.pop(0)
        body = visitor.visit(at, limit_bytes=MOST_BYTES, types=_TYPES).body
        found = parse_sitemap(_unpacked(body))
        if not found.is_index:
            _add_pages(found.addresses, listing)
            continue
        if depth == MOST_DEPTH:
            raise PageFailed("sitemap_limit")
        for inner in _of_own_hosts(found.addresses, visitor, listing):
            if inner not in seen:
                seen.add(inner)
                waiting.append((inner, depth + 1))
        if len(seen) > MOST_SITEMAPS:
            raise PageFailed("sitemap_limit")


def parse_sitemap(body: bytes) -> Sitemap:
    """Read a sitemap or an index. Raises PageFailed `sitemap` or `sitemap_entities`."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = _refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, LookupError, ValueError):
        raise PageFailed("sitemap") from None
    return Sitemap(reader.root == "sitemapindex", tuple(reader.addresses))


class _Reader:
    """Collects `loc` of `url` or `sitemap`; those of images and videos stand in namespaces of their own."""

    def __init__(self) -> None:
        self.root = ""
        self.addresses: list[str] = []
        self._path: list[str] = []
        self._text: list[str] = []

    def start(self, name: str, attributes: object) -> None:
        namespace, _, local = name.rpartition(" ")
        self._path.append(local if namespace in _NAMESPACES else "")
        self.root = self._path[0]
        if self.root not in {"urlset", "sitemapindex"} or len(self._path) > _DEEPEST_ELEMENT:
            raise PageFailed("sitemap")
        self._text = []

    def characters(self, text: str) -> None:
        if self._at_address():
            self._text.append(text)

    def end(self, name: str) -> None:
        if self._at_address():
            self.addresses.append("".join(self._text).strip())
            if len(self.addresses) > MOST_ADDRESSES:
                raise PageFailed("sitemap_limit")
        self._path.pop()

    def _at_address(self) -> bool:
        return self._path in (["urlset", "url", "loc"], ["sitemapindex", "sitemap", "loc"])


def _refuse(*declaration: object) -> int:
    raise PageFailed("sitemap_entities")


def _unpacked(body: bytes) -> bytes:
    """Sitemaps are often files in gzip, whatever the headers say."""
    if not body.startswith(_GZIP):
        return body
    # zlib copies what follows a member: in one piece, half a million empty members would take quadratic time.
    chunks = (body[at : at + _CHUNK_BYTES] for at in range(0, len(body), _CHUNK_BYTES))
    return decode(chunks, "gzip", limit_bytes=MOST_BYTES)


def _add_pages(addresses: Iterable[str], listing: Listing) -> None:
    for address in addresses:
        listing.add(address)
        if listing.full:
            return


def _of_own_hosts(addresses: Iterable[str], visitor: Visitor, listing: Listing) -> Iterable[str]:
    for address in addresses:
        try:
            target = parse(address)
            visitor.check_host(target)
        except PageFailed as error:
            listing.refuse(error.code)
        else:
            yield target.address
