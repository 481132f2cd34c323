"""Stand-ins for AWS on one machine: an index in memory over a few pages, and a model that quotes the best passage."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

from .answering import Passage, Spoken, Token, Usage

PAGES = Path(__file__).with_name("local_pages.json")
_PASSAGES = 2
_WORD = re.compile(r"\w+")
_COMMON = _WORD.findall("a an and are at be by can do does for from how i in is it of on or the to what when where you")


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower())).difference(_COMMON)


class LocalIndex:
    """Finds the pages that share most words with the question."""

    def __init__(self, path: Path = PAGES) -> None:
        self._pages = [Passage(**page) for page in json.loads(path.read_text(encoding="utf-8"))]

    def search(self, question: str) -> tuple[Passage, ...]:
        asked = _words(question)
        scored = [(len(asked & _words(f"{page.title} {page.text}")), page) for page in self._pages]
        scored.sort(key=lambda entry: entry[0], reverse=True)
        return tuple(page for score, page in scored[:_PASSAGES] if score)


class LocalModel:
    """Streams the best passage word by word, at a chosen pace."""

    def __init__(self, *, first_token_seconds: float, token_seconds: float) -> None:
        self._first_token_seconds = first_token_seconds
        self._token_seconds = token_seconds

    def stream(self, question: str, passages: tuple[Passage, ...]) -> Iterator[Spoken]:
        time.sleep(self._first_token_seconds)
        words = re.findall(r"\S+\s*", f"{passages[0].title}: {passages[0].text}")
        for word in words:
            yield Token(word)
            time.sleep(self._token_seconds)
        yield Usage(input_tokens=len(question.split()), output_tokens=len(words))
