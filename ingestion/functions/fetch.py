"""The fetching function: lists the pages of a source, or fetches one. It writes below `fetched/` and nothing else."""

from __future__ import annotations

import logging
import os
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3

from ingestion.errors import IngestionError, PageFailed
from ingestion.settings import CrawlSource, FetchSettings, FilesSource, SitemapSource, Source, load_fetch_settings
from ingestion.store import FetchedPage, ListedPage, Store, fetched_key, list_key
from ingestion.web.addresses import AddressRules, page_id
from ingestion.web.crawling import crawl
from ingestion.web.deadlines import Deadline
from ingestion.web.extraction import read_page
from ingestion.web.fetching import Fetcher
from ingestion.web.files import Files
from ingestion.web.listing import Listing
from ingestion.web.network import Network
from ingestion.web.robots import Robots, product_token
from ingestion.web.sitemaps import list_sitemap
from ingestion.web.visiting import Visitor


def handle(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Entry point of the function.

    Args:
        event: `{"do": "list", "source", "run"}` or `{"do": "page", "source", "run", "page", "address"}`.

    Returns of a list `{"key", "pages", "refused", "missed", "complete"}`, of a page `{"page", "address", "key", "hash",
    "type"}`.
    Raises PageFailed, Busy and SettingsError.
    """
    return _fetching().answer(event)


@cache
def _fetching() -> Fetching:
    """Kept while the function's instance lives, and with it the robots.txt of the hosts that it asked."""
    return Fetching(load_fetch_settings(os.environ), boto3.client("s3"))


class Fetching:
    """What the function does, with its settings, S3, and the ways out."""

    def __init__(
        self,
        settings: FetchSettings,
        client: Any,
        *,
        network: Network | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings
        self._client = client
        self._store = Store(client, settings.bucket)
        rules = AddressRules(settings.allowed_addresses)
        self._fetcher = Fetcher(user_agent=settings.user_agent, rules=rules, network=network, tls=tls)
        self._robots = Robots(self._fetcher)

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """See `handle`."""
        source = self._settings.source(event["source"])
        if event["do"] == "list":
            return self._list(source, event["run"])
        if event["do"] == "page":
            return self._page(source, event["run"], ListedPage(event["page"], event["address"]))
        raise ValueError(f"do is {event['do']!r} (expected list or page)")

    def _list(self, source: Source, run: str) -> dict[str, Any]:
        """An empty list is an error: it would make every page vanish."""
        key = list_key(source.name, run)
        if isinstance(source, FilesSource):
            pages, refused = Files(self._client, source).list(most=self._settings.limits.pages)
            missed: Mapping[str, int] = {}
        else:
            listing = self._look_for_pages(source)
            pages, refused, missed = list(listing.pages.values()), listing.refused, listing.missed
        if not pages:
            raise PageFailed(refused.most_common(1)[0][0] if refused else "empty")
        self._store.put_list(key, pages)
        counts = {"refused": dict(refused), "missed": dict(missed)}
        return {"key": key, "pages": len(pages), **counts, "complete": not missed}

    def _look_for_pages(self, source: SitemapSource | CrawlSource) -> Listing:
        limits = self._settings.limits
        visitor = self._visitor(source)
        listing = Listing(visitor, most=limits.pages, keep_query=source.keep_query)
        if isinstance(source, SitemapSource):
            list_sitemap(visitor, source.address, listing)
        else:
            deadline = Deadline(limits.list_seconds)
            crawl(visitor, source.start, listing, depth=source.depth, page_bytes=limits.page_bytes, deadline=deadline)
        return listing

    def _page(self, source: Source, run: str, page: ListedPage) -> dict[str, Any]:
        try:
            if page_id(page.address) != page.page:
                raise PageFailed("address_refused")
            fetched = self._fetch(source, page.address)
            text = read_page(
                fetched.body,
                address=fetched.final,
                type=fetched.media_type,
                charset=fetched.charset,
                robots=fetched.robots,
                agent=product_token(self._settings.user_agent),
            )
        except IngestionError as error:
            # The address is in the ledger; here it would only be a second copy with another life.
            logging.warning("page %s of %s: %s", page.page, source.name, error.code)
            raise
        key = fetched_key(source.name, run, page.page)
        self._store.put_page(key, fetched)
        return {**vars(page), "key": key, "hash": text.hash, "type": fetched.media_type}

    def _fetch(self, source: Source, address: str) -> FetchedPage:
        limits = self._settings.limits
        if isinstance(source, FilesSource):
            return Files(self._client, source).read(address, limits)
        answer = self._visitor(source).visit(address, limit_bytes=limits.page_bytes)
        kind = f"{answer.type}; charset={answer.charset}" if answer.charset else answer.type
        return FetchedPage(address, answer.address, kind, answer.body, answer.robots)

    def _visitor(self, source: Source) -> Visitor:
        seconds = self._settings.limits.page_seconds
        return Visitor(self._fetcher, self._robots, hosts=source.hosts, page_seconds=seconds)
