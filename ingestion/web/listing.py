"""The list of a source's pages while it grows: each once, none that may not be fetched, no more than allowed."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import PurePosixPath

from ingestion.errors import PageFailed
from ingestion.store import ListedPage

from .addresses import page_address, page_id, parse
from .visiting import Visitor

# Files that sites link and list beside their pages. Asking for them would only fail, by their media type.
_NO_PAGE = re.compile(
    r"\.("
    r"7z|apk|atom|avi|avif|bmp|bz2|css|csv|deb|dmg|doc|docx|eot|epub|exe|gif|gz|"
    r"ico|ics|iso|jar|jpeg|jpg|js|json|m4a|map|mid|mjs|mov|mp3|mp4|mpeg|msi|odp|"
    r"ods|odt|ogg|otf|pdf|png|pps|ppt|pptx|rar|rpm|rss|rtf|svg|tar|tgz|tif|tiff|"
    r"ttf|wasm|wav|webm|webmanifest|webp|woff|woff2|xls|xlsx|xml|xz|zip"
    r")",
    re.IGNORECASE,
)


class Listing:
    """Pages in the order in which they were found.

    Args:
        most: Pages at the most; those found later count as refused by `limit`.
        keep_query: Whether a query string makes another page.
    """

    def __init__(self, visitor: Visitor, *, most: int, keep_query: bool) -> None:
        self.pages: dict[str, ListedPage] = {}
        self.refused: Counter[str] = Counter()
        # Why pages of the source weren't looked for, by code.
        self.missed: Counter[str] = Counter()
        self._visitor = visitor
        self._most = most
        self._keep_query = keep_query

    @property
    def complete(self) -> bool:
        """Whether every page was looked for: only then is one that isn't listed a page that vanished."""
        return not self.missed

    @property
    def full(self) -> bool:
        """Whether there are pages beyond the limit."""
        return "limit" in self.refused

    def normal(self, address: str) -> str:
        """The page's one address. Raises PageFailed `address_refused`."""
        return page_address(address, keep_query=self._keep_query)

    def refuse(self, code: str) -> None:
        self.refused[code] += 1

    def miss(self, code: str) -> None:
        """Note that there may be pages behind one that couldn't be read, or that the time ended."""
        self.missed[code] += 1

    def add(self, address: str) -> bool:
        """Add a page, unless it is there; returns whether it is a page that may be fetched.

        Raises Busy as long as robots.txt can't be read.
        """
        try:
            known = self.normal(address)
            if known in self.pages:
                return True
            self.check(known)
        except PageFailed as error:
            self.refuse(error.code)
            return False
        if len(self.pages) >= self._most:
            self.refuse("limit")
            return False
        self.pages[known] = ListedPage(page_id(known), known)
        return True

    def remove(self, address: str, code: str) -> None:
        """Take out a page that turned out not to be one."""
        if self.pages.pop(self.normal(address), None):
            self.refuse(code)

    def check(self, address: str) -> None:
        """Raises PageFailed for an address that is no page of the source, or that robots.txt forbids."""
        target = parse(address)
        self._visitor.check(target)
        if _NO_PAGE.fullmatch(PurePosixPath(target.path.partition("?")[0]).suffix):
            raise PageFailed("type")
