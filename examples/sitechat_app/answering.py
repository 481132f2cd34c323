"""From question to answer: find passages, let a model answer from them, name the sources.

Retriever and model are protocols, so that local stand-ins can replace Bedrock and OpenSearch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

NOTHING_FOUND = "I found nothing about this on {site}. Please ask in other words."
SEARCH_OFF = "I can't look anything up on {site} at the moment, so I have nothing to answer from."
PAUSED = "Answers about {site} are paused at the moment. Please come back later."
WITHHELD = "I can't help with that here. Please ask something about {site}."


@dataclass(frozen=True)
class Passage:
    """A piece of one page of the site; `score` is how well it fits the question, where the search says so."""

    title: str
    url: str
    text: str
    score: float | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Token:
    """A piece of the answer's text."""

    text: str


@dataclass(frozen=True)
class Withheld:
    """Sign of the guardrail: a message replaces all text shown so far."""


@dataclass(frozen=True)
class Masked:
    """Kinds of personal data ("EMAIL") that the guardrail has replaced in an answer, which stands; never the data."""

    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Intervened:
    """Policies of the guardrail ("topicPolicy") that blocked or masked something."""

    policies: tuple[str, ...]


@dataclass(frozen=True)
class Usage:
    """Tokens that the model counted; of those that it read, `cached_tokens` more came from its cache."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0


@dataclass(frozen=True)
class Retrieved:
    """How many passages were found, and the score of the best of them."""

    hits: int
    best_score: float | None


@dataclass(frozen=True)
class Message:
    """A sentence of the application itself, in place of an answer of the model; `reason` is for programs and logs."""

    reason: str
    text: str


@dataclass(frozen=True)
class Sources:
    """The pages an answer rests on."""

    passages: tuple[Passage, ...]


Shown = Token | Message | Sources
# What a model says of its answer, and what the log alone is told.
Spoken = Token | Withheld | Masked | Intervened | Usage
Noted = Masked | Intervened | Usage | Retrieved
AnswerEvent = Shown | Noted


class ServiceError(Exception):
    """A failure of a service that the answer needs; `code` names service and failure for programs and logs."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Retriever(Protocol):
    """Finds passages; raises `ServiceError`."""

    def search(self, question: str) -> tuple[Passage, ...]: ...


class LanguageModel(Protocol):
    """Answers a question from passages; raises `ServiceError`."""

    def stream(self, question: str, passages: tuple[Passage, ...]) -> Iterator[Spoken]: ...


@dataclass(frozen=True)
class Answerer:
    """Answers with a retriever and a model; without a retriever (search is off), or while `paused` says so, it calls
    neither and only tells.

    With `source_hosts`, passages of pages elsewhere are dropped: they neither ground an answer nor are its sources.
    """

    retriever: Retriever | None
    model: LanguageModel
    site_name: str
    source_hosts: frozenset[str] | None = None
    paused: Callable[[], bool] | None = None

    def answer(self, question: str) -> Iterator[AnswerEvent]:
        """The events of one answer, in the order a client shows them. Blocks: run it in a thread."""
        # Without passages a model would answer from its own memory, which isn't about this site, and cost money.
        if self.retriever is None:
            yield Message("search_off", SEARCH_OFF.format(site=self.site_name))
            return
        # Before the search: a question is embedded by a model, too.
        if self.paused is not None and self.paused():
            yield Message("paused", PAUSED.format(site=self.site_name))
            return
        passages = tuple(each for each in self.retriever.search(question) if self._of_the_site(each.url))
        scores = [each.score for each in passages if each.score is not None]
        yield Retrieved(len(passages), max(scores, default=None))
        if not passages:
            yield Message("nothing_found", NOTHING_FOUND.format(site=self.site_name))
            return
        withheld = False
        for piece in self.model.stream(question, passages):
            if isinstance(piece, Withheld):
                withheld = True
                yield Message("withheld", WITHHELD.format(site=self.site_name))
            else:
                yield piece
        if not withheld:
            yield Sources(_one_per_page(passages))

    def _of_the_site(self, url: str) -> bool:
        if self.source_hosts is None:
            return True
        try:
            address = urlsplit(url)
        except ValueError:
            return False
        return address.scheme in ("http", "https") and address.hostname in self.source_hosts


def _one_per_page(passages: tuple[Passage, ...]) -> tuple[Passage, ...]:
    pages: dict[str, Passage] = {}
    for passage in passages:
        pages.setdefault(passage.url, passage)
    return tuple(pages.values())
