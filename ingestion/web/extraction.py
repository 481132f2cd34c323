"""What a page says: title, text, links, and what it wants of crawlers. No markup survives."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from bs4 import Tag

from ingestion.errors import PageFailed

from .addresses import join
from .charsets import to_text
from .markup import Soup, clean, one_line, visible_text

MOST_TITLE_CHARACTERS = 300
MOST_LINKS = 5000
# Ordinary pages take a hundredth of it, on the third of a processor that a function of 512 MiB has.
PARSE_SECONDS = 10.0
# A `main` with less text than that is a frame that scripts fill.
_LEAST_MAIN_CHARACTERS = 40


@dataclass(frozen=True)
class PageText:
    """Title and text as passages are made of them.

    Args:
        title: One line; the file's name where the page has none.
        text: Plain text with an empty line between paragraphs. It is untrusted, and may hold `<` and `&` as text.
    """

    title: str
    text: str

    @property
    def hash(self) -> str:
        """SHA-256 of title and text in hexadecimal: what else changes in a page costs nothing."""
        return hashlib.sha256(f"{self.title}\n\n{self.text}".encode()).hexdigest()


@dataclass(frozen=True)
class Document:
    """An HTML page.

    Args:
        links: Absolute addresses in the order of the page, each once, those marked `nofollow` left out.
        canonical: Absolute address that the page names as its own, or empty.
        index: Whether it may be indexed.
        follow: Whether its links may be followed.
    """

    title: str
    text: str
    links: tuple[str, ...]
    canonical: str
    index: bool
    follow: bool


def read_page(
    body: bytes, *, address: str, type: str, charset: str = "", robots: str = "", agent: str = ""
) -> PageText:
    """Title and text of a fetched page.

    Args:
        type: Media type: HTML, plain text or Markdown.
        robots: Values of its X-Robots-Tag header.
        agent: The crawler's name, as `robots.product_token` gives it.

    Raises PageFailed `type`, `charset`, `malformed`, `too_large`, `too_slow`, `noindex` or `empty`.
    """
    if type in {"text/html", "application/xhtml+xml"}:
        document = parse_document(body, address=address, charset=charset, robots=robots, agent=agent)
        index, page = document.index, PageText(document.title or _file_name(address), document.text)
    elif type in {"text/plain", "text/markdown"}:
        index = "noindex" not in _directives([robots], agent)
        page = _plain(to_text(body, charset), address, markdown=type == "text/markdown")
    else:
        raise PageFailed("type")
    if not index:
        raise PageFailed("noindex")
    if not page.text:
        raise PageFailed("empty")
    return page


def parse_document(
    body: bytes,
    *,
    address: str,
    charset: str = "",
    robots: str = "",
    agent: str = "",
    seconds: float = PARSE_SECONDS,
) -> Document:
    """Read an HTML page. Raises PageFailed `charset`, `malformed`, `too_large` or `too_slow`."""
    soup = Soup(to_text(body, charset), seconds=seconds)
    wishes = _directives([robots, *_meta(soup, agent)], agent)
    return Document(
        title=_title(soup),
        text=_main_text(soup),
        links=tuple(dict.fromkeys(_links(soup, address))),
        canonical=_canonical(soup, address),
        index="noindex" not in wishes,
        follow="nofollow" not in wishes,
    )


def _title(soup: Soup) -> str:
    for tag in (soup.find("title"), soup.find("h1")):
        if isinstance(tag, Tag) and (title := one_line(tag.get_text(" "))):
            return title[:MOST_TITLE_CHARACTERS]
    return ""


def _main_text(soup: Soup) -> str:
    """Of `main`, else of the only article, else of the page without its header: inside `main` that has the heading."""
    main = soup.find("main") or soup.find(None, {"role": "main"})
    articles = soup.find_all("article", limit=2)
    if main is None and len(articles) == 1:
        main = articles[0]
    text = visible_text(main) if isinstance(main, Tag) else ""
    if len(text) >= _LEAST_MAIN_CHARACTERS:
        return text
    body = soup.find("body")
    whole = visible_text(body if isinstance(body, Tag) else soup, without=frozenset(("header", "head")))
    return whole if len(whole) > len(text) else text


def _links(soup: Soup, address: str) -> Iterator[str]:
    base = _base(soup, address)
    for tag in soup.find_all("a", href=True, limit=MOST_LINKS):
        if "nofollow" not in str(tag.get("rel", "")).lower():
            yield from _absolute(base, tag.get("href"))


def _base(soup: Soup, address: str) -> str:
    tag = soup.find("base", href=True)
    return next(_absolute(address, tag.get("href")), address) if isinstance(tag, Tag) else address


def _canonical(soup: Soup, address: str) -> str:
    for tag in soup.find_all("link", href=True, limit=MOST_LINKS):
        if "canonical" in str(tag.get("rel", "")).lower():
            return next(_absolute(_base(soup, address), tag.get("href")), "")
    return ""


def _absolute(base: str, reference: object) -> Iterator[str]:
    """The address that a reference names, if it is one of the web."""
    try:
        address = join(base, str(reference))
    except PageFailed:
        return
    if address.lower().startswith(("http://", "https://")):
        yield address


def _meta(soup: Soup, agent: str) -> Iterator[str]:
    for tag in soup.find_all("meta", attrs={"name": True, "content": True}, limit=MOST_LINKS):
        if str(tag.get("name")).strip().lower() in {"robots", agent} - {""}:
            yield str(tag.get("content"))


def _directives(values: list[str], agent: str) -> set[str]:
    """Wishes of `meta` and headers in lower case; `none` is both, and `NAME: wish` is for the crawler of that name."""
    found = set()
    for wish in ",".join(values).lower().split(","):
        name, colon, rest = wish.partition(":")
        if colon and name.strip() not in {agent, "robots"}:
            continue
        found.add((rest if colon else name).strip())
    return found | ({"noindex", "nofollow"} if "none" in found else set())


def _plain(text: str, address: str, *, markdown: bool) -> PageText:
    """Plain text as it is; of Markdown, the first heading is the title."""
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in clean(text).splitlines())).strip()
    heading = re.search(r"^# +(.+)$", text, re.MULTILINE) if markdown else None
    title = one_line(heading[1])[:MOST_TITLE_CHARACTERS] if heading else ""
    return PageText(title or _file_name(address), text)


def _file_name(address: str) -> str:
    parts = urlsplit(address)
    return one_line(unquote(PurePosixPath(parts.path).name))[:MOST_TITLE_CHARACTERS] or (parts.hostname or "")
