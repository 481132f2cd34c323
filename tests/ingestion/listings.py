"""Listings of a site on loopback."""

from __future__ import annotations

import ssl
from collections.abc import Collection

from ingestion.web.addresses import AddressRules
from ingestion.web.fetching import Fetcher
from ingestion.web.listing import Listing
from ingestion.web.robots import Robots
from ingestion.web.visiting import Visitor
from tests.ingestion.site import USER_AGENT, Site

# Loading every authority takes longer than most of the tests, all of which are of http.
NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def visitor_of(site: Site, *, hosts: Collection[str] = ("127.0.0.1",)) -> Visitor:
    rules = AddressRules(frozenset({f"127.0.0.1:{site.port}"}))
    fetcher = Fetcher(user_agent=USER_AGENT, rules=rules, tls=NO_AUTHORITIES)
    return Visitor(fetcher, Robots(fetcher), hosts=hosts, page_seconds=20)


def listing_of(
    site: Site, *, most: int = 100, hosts: Collection[str] = ("127.0.0.1",), keep_query: bool = False
) -> Listing:
    return Listing(visitor_of(site, hosts=hosts), most=most, keep_query=keep_query)


def addresses(listing: Listing) -> list[str]:
    return list(listing.pages)
