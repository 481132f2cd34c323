"""How a question becomes an answer: find passages, let a model speak about them, name the sources.

The two abilities it needs come in as protocols, so that Bedrock and OpenSearch can be exchanged for local ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

NOTHING_FOUND = "I found nothing about this on {site}. Please ask in other words."
SEARCH_OFF = "I can't look anything up on {site} at the moment, so I have nothing to answer from."
WITHHELD = "I can't help with that here. Please ask something about {site}."


@dataclass(frozen=True)
class Passage:
    """A piece of one page of the site."""

    title: str
    url: str
    text: str


@dataclass(frozen=True)
class Token:
    """A piece of the answer's text."""

    text: str


@dataclass(frozen=True)
class Withheld:
    """The guardrail stepped in: whatever was shown so far is to be replaced by a message."""


@dataclass(frozen=True)
class Usage:
    """What the model counted."""

    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True)
class Message:
    """A sentence of the application itself, in place of a model's answer; `reason` is for programs and logs."""

    reason: str
    text: str


@dataclass(frozen=True)
class Sources:
    """The pages an answer rests on."""

    passages: tuple[Passage, ...]


AnswerEvent = Token | Message | Sources | Usage


class ServiceError(Exception):
    """A service the answer depends on failed; `code` tells programs and logs which and how."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Retriever(Protocol):
    """Finds passages; raises `ServiceError`."""

    def search(self, question: str) -> tuple[Passage, ...]: ...


class Model(Protocol):
    """Speaks about passages; raises `ServiceError`."""

    def stream(self, question: str, passages: tuple[Passage, ...]) -> Iterator[Token | Withheld | Usage]: ...


@dataclass(frozen=True)
class Answerer:
    """Puts a retriever and a model together; without a retriever (search is switched off) it says only that."""

    retriever: Retriever | None
    model: Model
    site_name: str

    def answer(self, question: str) -> Iterator[AnswerEvent]:
        """The events of one answer, in the order a client shows them. Blocks: run it in a thread."""
        # Without passages a model would answer from its own memory, which isn't about this site, and cost money.
        if self.retriever is None:
            yield Message("search_off", SEARCH_OFF.format(site=self.site_name))
            return
        passages = self.retriever.search(question)
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


def _one_per_page(passages: tuple[Passage, ...]) -> tuple[Passage, ...]:
    pages: dict[str, Passage] = {}
    for passage in passages:
        pages.setdefault(passage.url, passage)
    return tuple(pages.values())
