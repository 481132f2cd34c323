"""A visit: a page of one of a source's hosts, if robots.txt lets us, within the limits of a page."""

from __future__ import annotations

from collections.abc import Collection

from ingestion.errors import PageFailed

from .addresses import Target
from .deadlines import Deadline
from .fetching import Fetcher, Limits, Response
from .robots import Robots, product_token

PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml", "text/plain", "text/markdown"})


class Visitor:
    """Fetches for one source.

    Args:
        hosts: Host names that addresses and redirects may have.
        page_seconds: For one visit in all: names, robots.txt, redirects and body.
    """

    def __init__(self, fetcher: Fetcher, robots: Robots, *, hosts: Collection[str], page_seconds: float) -> None:
        self._fetcher = fetcher
        self._robots = robots
        self.hosts = frozenset(hosts)
        self.token = product_token(fetcher.user_agent)
        self._seconds = page_seconds

    def visit(self, address: str, *, limit_bytes: int, types: Collection[str] | None = PAGE_TYPES) -> Response:
        """Fetch one page. Raises PageFailed and Busy with the codes of `ingestion.errors`."""
        deadline = Deadline(self._seconds)

        def admit(target: Target) -> None:
            self.check_host(target)
            self._robots.check(target, deadline)

        limits = Limits(limit_bytes, types=types)
        return self._fetcher.fetch(address, limits=limits, deadline=deadline, admit=admit)

    def check(self, target: Target) -> None:
        """Raises PageFailed `host_refused` or `robots` for a page that needn't be asked for, Busy as robots.txt is."""
        self.check_host(target)
        self._robots.check(target, Deadline(self._seconds))

    def check_host(self, target: Target) -> None:
        if target.host not in self.hosts:
            raise PageFailed("host_refused")
