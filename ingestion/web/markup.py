"""HTML to a tree, in bounded time, and a tree to the text that a visitor sees."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString
from bs4.exceptions import ParserRejectedMarkup

from ingestion.errors import PageFailed

from .deadlines import Deadline


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DROPPED = _names(
    "aside audio button canvas datalist dialog embed footer form iframe input map math menu nav noscript object script "
    "select style svg template textarea title video"
)
_PARAGRAPHS = _names(
    "address article blockquote body details div dl fieldset figure h1 h2 h3 h4 h5 h6 header hr main ol p pre section "
    "table ul"
)
_LINES = _names("br caption dd dt figcaption li summary tr")
_CELLS = _names("td th")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
# Characters that show nothing but can carry words for a model, or turn around what is shown.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)

# Elements and attributes together: some 650 bytes of memory each, and a page of 2 MiB has room for 700,000.
MOST_ELEMENTS = 100_000


class Soup(BeautifulSoup):
    """A tree of Python's own HTML parser, which needs quadratic time for some broken markup (python/cpython#135462).

    Each of its steps asks for the time, and counts. Raises PageFailed `too_slow`, `too_large` or `malformed`.
    """

    def __init__(self, markup: str, *, seconds: float) -> None:
        self._deadline = Deadline(seconds)
        self._room = MOST_ELEMENTS
        try:
            super().__init__(markup, "html.parser")
        except (ParserRejectedMarkup, RecursionError):
            raise PageFailed("malformed") from None

    def handle_starttag(
        self, name: str, namespace: Any, nsprefix: Any, attrs: Any, *arguments: Any, **options: Any
    ) -> Tag | None:
        self._deadline.left()
        self._room -= 1 + len(attrs)
        if self._room < 0:
            raise PageFailed("too_large")
        return super().handle_starttag(name, namespace, nsprefix, attrs, *arguments, **options)

    def handle_data(self, data: str) -> None:
        self._deadline.left()
        super().handle_data(data)


def clean(text: str) -> str:
    """Text in composed form, without characters that nobody sees. Joiners stay: scripts and emoji need them."""
    return unicodedata.normalize("NFC", _UNSEEN.sub("", text))


def one_line(text: str) -> str:
    return " ".join(clean(text).split())


def visible_text(root: Tag, *, without: frozenset[str] = frozenset()) -> str:
    """The text below `root`: paragraphs apart by an empty line, lines of lists and tables by a line end.

    Args:
        without: Elements to leave out, besides those that never are text: navigation, forms, scripts and the like.
    """
    pieces: list[str] = []
    dropped = _DROPPED | without
    waiting: list[object] = list(reversed(root.contents))
    while waiting:
        element = waiting.pop()
        if isinstance(element, Tag):
            if element.name in dropped or _is_hidden(element):
                continue
            around = _around(element.name)
            waiting += [around, *reversed(element.contents), around]
        elif type(element) is str:
            pieces.append(element)
        # Comments, CDATA (a comment to browsers) and declarations are subclasses.
        elif type(element) is NavigableString:
            pieces.append(re.sub(r"\s+", " ", str(element)))
    return _laid_out("".join(pieces))


def _around(name: str) -> str:
    if name in _PARAGRAPHS:
        return "\n\n"
    if name in _LINES:
        return "\n"
    return " " if name in _CELLS else ""


def _laid_out(text: str) -> str:
    text = "\n".join(" ".join(line.split()) for line in clean(text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _is_hidden(tag: Tag) -> bool:
    """Hidden words are not for visitors; in a page that is attacked they are for the model."""
    style = tag.get("style")
    return (
        tag.has_attr("hidden")
        or str(tag.get("aria-hidden", "")).lower() == "true"
        or (isinstance(style, str) and _HIDDEN.search(style) is not None)
    )
