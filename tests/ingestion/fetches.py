"""One fetch, with the tests' limits."""

from __future__ import annotations

import ssl

from ingestion.web.addresses import AddressRules
from ingestion.web.deadlines import Deadline
from ingestion.web.fetching import Fetcher, Limits, Response
from ingestion.web.network import Network
from tests.ingestion.site import USER_AGENT, Site

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
