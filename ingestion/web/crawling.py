"""Crawling: pages that links lead to from start addresses, breadth first, one request at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from ingestion.errors import Busy, PageFailed

from .deadlines import Deadline
from .extraction import Document, parse_document
from .listing import Listing
from .visiting import Visitor

# After these nothing lies behind a page: it is gone, it has no links, or the site forbids it. After any other failure
# there may be pages that lists before this one had.
_NOTHING_BEHIND = frozenset({"robots", "status_404", "status_410", "type"})


def crawl(
    visitor: Visitor, start: Sequence[str], listing: Listing, *, depth: int, page_bytes: int, deadline: Deadline
) -> None:
    """Add to `listing` the start pages and those that at most `depth` links lead to.

    A page that is neither read nor gone, and the end of the time, leave the list incomplete: what stands behind them
    wasn't looked for. A page that fails is listed, so that it fails where it is counted. Raises Busy and PageFailed of
    a start page.
    """
    first = [listing.normal(address) for address in start]
    waiting = deque((address, 0) for address in first)
    seen = set(first)
    while waiting and not listing.full:
        if deadline.passed:
            listing.miss("list_too_slow")
            return
        address, steps = waiting.popleft()
        # Pages at the last step are listed unseen: whoever fetches them finds out.
        if not listing.add(address) or steps == depth:
            continue
        try:
            document = _look(visitor, address, page_bytes)
        except (Busy, PageFailed) as error:
            if steps == 0:
                raise
            if error.code not in _NOTHING_BEHIND:
                listing.miss(error.code)
            continue
        for link in _followed(document, address, listing):
            if link not in seen:
                seen.add(link)
                waiting.append((link, steps + 1))


def _look(visitor: Visitor, address: str, page_bytes: int) -> Document | None:
    """The page, or None for one without links."""
    answer = visitor.visit(address, limit_bytes=page_bytes)
    if answer.type not in {"text/html", "application/xhtml+xml"}:
        return None
    return parse_document(
        answer.body, address=answer.address, charset=answer.charset, robots=answer.robots, agent=visitor.token
    )


def _followed(document: Document | None, address: str, listing: Listing) -> list[str]:
    """Links to go on with; a page that isn't to be indexed, or is another's double, leaves the list."""
    if document is None:
        return []
    links = list(document.links) if document.follow else []
    if not document.index:
        listing.remove(address, "noindex")
    elif document.canonical and _is_other(document.canonical, address, listing):
        listing.remove(address, "canonical")
        links.insert(0, document.canonical)
    found = []
    for link in links:
        try:
            found.append(listing.normal(link))
        except PageFailed as error:
            listing.refuse(error.code)
    return found


def _is_other(canonical: str, address: str, listing: Listing) -> bool:
    """Whether the canonical address is another page of the source; one elsewhere doesn't decide about ours."""
    try:
        other = listing.normal(canonical)
        listing.check(other)
    except (Busy, PageFailed):
        return False
    return other != address
