"""Brings documents of one version to what a manifest wants, in steps that can be repeated."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from ingestion.index.manifest import Manifest, WantedPage
from passages.domain import LINES, PASSING, Domain, DomainError
from passages.layout import EMBEDDING, HASH, PAGE, SOURCE, TEXT, TITLE, URL

# Pages of one step: what a batch of documents is compared for at once.
STEP_PAGES = 100
# Of 10 MiB that a small instance takes in one request ("OpenSearch Service quotas", HTTP payload); a vector of 1024
# floats has some 20 KiB as JSON.
MOST_BULK_BYTES = 4 * 1024 * 1024

# An object of passages by its key: {"title", "passages": [{"text", "vector"}]}.
Reader = Callable[[str], Mapping[str, Any]]


def scope_of(manifest: Manifest, *, asked: bool) -> frozenset[str]:
    """Sources that a run brings up to date: its own in the version that is asked, all of them in a new one."""
    return frozenset({manifest.source} if asked else manifest.sources)


def load_step(domain: Domain, index: str, manifest: Manifest, offset: int, read: Reader, *, asked: bool) -> int:
    """Load the pages from `offset` on; the offset of the next step, the number of pages when none is left.

    The last step takes out documents of pages that aren't wanted any more. Pages of other sources are left alone in the
    version that is asked, unless they are missing. Raises DomainError, ValueError for a page elsewhere than in http(s).
    """
    pages = manifest.pages[offset : offset + STEP_PAGES]
    scope = scope_of(manifest, asked=asked)
    present = _hashes(domain, index, pages)
    changed = [
        each
        for each, hash_ in zip(pages, present, strict=True)
        if (hash_ != each.hash if each.source in scope else hash_ is None)
    ]
    heads: list[bytes] = []
    _write(domain, index, (line for page in changed for line in _split_off_head(page, read(page.key), heads)))
    # A request may be refused in part. Heads tell what is there, so they go once everything else has arrived.
    _write(domain, index, heads)
    domain.post(f"{index}/_refresh")
    for source in sorted(scope):
        ours = [each for each in pages if each.source == source]
        _delete_older(domain, index, source, ours)
    reached = offset + len(pages)
    if reached >= len(manifest.pages):
        _sweep(domain, index, manifest, scope)
    return reached


def _hashes(domain: Domain, index: str, pages: Sequence[WantedPage]) -> list[str | None]:
    """Hash of each page, as its first passage in the index has it. Reads what was written a moment ago, too."""
    if not pages:
        return []
    wanted = [{"_id": _id(each, 0), "_source": [HASH]} for each in pages]
    answer = domain.post(f"{index}/_mget", {"docs": wanted})
    return [each["_source"][HASH] if each.get("found") else None for each in answer["docs"]]


def _split_off_head(page: WantedPage, told: Mapping[str, Any], heads: list[bytes]) -> Iterator[bytes]:
    """Lines of `_bulk` for a page's passages; those of the first, which stands for all of them, are put to `heads`."""
    head, *others = _documents(page, told)
    heads.append(head)
    yield from others


def _documents(page: WantedPage, told: Mapping[str, Any]) -> Iterator[bytes]:
    """Lines of `_bulk` for each passage of a page."""
    if urlsplit(page.address).scheme not in ("http", "https"):
        raise ValueError(f"page {page.page} is no page of the web")
    for number, passage in enumerate(told["passages"]):
        document = {
            EMBEDDING: passage["vector"],
            TITLE: told["title"],
            TEXT: passage["text"],
            URL: page.address,
            PAGE: page.page,
            SOURCE: page.source,
            HASH: page.hash,
        }
        yield _line({"index": {"_id": _id(page, number)}}) + _line(document)


def _write(domain: Domain, index: str, documents: Iterable[bytes]) -> None:
    held: list[bytes] = []
    size = 0
    for each in documents:
        if held and size + len(each) > MOST_BULK_BYTES:
            _bulk(domain, index, b"".join(held))
            held, size = [], 0
        held.append(each)
        size += len(each)
    if held:
        _bulk(domain, index, b"".join(held))


def _bulk(domain: Domain, index: str, lines: bytes) -> None:
    answer = domain.send("POST", f"{index}/_bulk", lines, LINES)
    if not answer.get("errors"):
        return
    failed = [each for item in answer["items"] for each in item.values() if each.get("status", 0) >= 300]
    # What is refused for good decides; the rest can be tried again.
    worst = next((each for each in failed if each["status"] not in PASSING), failed[0])
    kind = worst.get("error", {}).get("type", "unknown")
    raise DomainError(f"{index}: {len(failed)} documents were refused, one with {kind}", worst["status"])


def _delete_older(domain: Domain, index: str, source: str, pages: Sequence[WantedPage]) -> None:
    """Take out passages that these pages had before."""
    if not pages:
        return
    of_them = [{"term": {SOURCE: source}}, {"terms": {PAGE: [each.page for each in pages]}}]
    # Page by page: what one page said before may be what another says now.
    current = [{"bool": {"filter": [{"term": {PAGE: each.page}}, {"term": {HASH: each.hash}}]}} for each in pages]
    _delete(domain, index, {"filter": of_them, "must_not": current})


def _sweep(domain: Domain, index: str, manifest: Manifest, scope: frozenset[str]) -> None:
    """Take out pages of the scope that aren't wanted, and sources that aren't configured."""
    for source in sorted(scope):
        # Up to 65,536 terms ("index.max_terms_count", OpenSearch); a source has fewer pages.
        wanted = [each.page for each in manifest.of(frozenset({source}))]
        _delete(domain, index, {"filter": [{"term": {SOURCE: source}}], "must_not": [{"terms": {PAGE: wanted}}]})
    _delete(domain, index, {"must_not": [{"terms": {SOURCE: list(manifest.sources)}}]})


def _delete(domain: Domain, index: str, clauses: Mapping[str, Any]) -> None:
    answer = domain.post(f"{index}/_delete_by_query?conflicts=proceed", {"query": {"bool": dict(clauses)}})
    if answer.get("failures"):
        raise DomainError(f"{index}: {len(answer['failures'])} documents were not deleted", 503)


def _id(page: WantedPage, number: int) -> str:
    """Two sources may have the same page."""
    return f"{page.source}-{page.page}-{number}"


def _line(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
