"""Answers made of sentences of the given passages: nothing is said that wasn't handed in."""

from __future__ import annotations

import re
from collections.abc import Sequence

NO_PASSAGES = "There are no passages to answer from."
NOTHING_FITS = "The passages don't hold an answer to that."
# Characters of a token, on average; AWS's own models count by their own vocabularies.
TOKEN_CHARACTERS = 4
_SENTENCES = 3
_WORD = re.compile(r"\w+")
_STEM = 5
# Marks around a passage are no part of what it says.
_TAG = re.compile(r"</?\w+>")
# Words that tell nothing about a subject; other languages are served by the length of a word alone.
_COMMON = frozenset(
    _WORD.findall(
        "about also and any are but can does did for from had has have her his how into its may not our out she than "
        "that the their them then there they this was were what when where which who why will with you your"
    )
)


def extract(question: str, passages: Sequence[str]) -> str:
    """The sentences of the best passage that share most with the question, in their order there."""
    if not passages:
        return NO_PASSAGES
    asked = _stems(question)
    best = max(passages, key=lambda each: len(asked & _stems(each)))
    if not asked & _stems(best):
        return NOTHING_FITS
    sentences = _sentences(best)
    ranked = sorted(range(len(sentences)), key=lambda at: (-len(asked & _stems(sentences[at])), at))
    return " ".join(sentences[at] for at in sorted(ranked[:_SENTENCES]))


def tokens(text: str) -> int:
    """Tokens of a text, counted by its length."""
    return -(-len(text) // TOKEN_CHARACTERS)


def chunks(text: str) -> list[str]:
    """The text in pieces of one word each, with the space behind it."""
    return re.findall(r"\s*\S+\s*", text)


def _sentences(passage: str) -> list[str]:
    """Sentences of a passage. Lines without an end, such as titles, are left out where there are others."""
    found = [
        sentence.strip()
        for line in passage.splitlines()
        for sentence in re.split(r"(?<=[.!?])\s+", line)
        if sentence.strip() and not _TAG.fullmatch(sentence.strip())
    ]
    whole = [each for each in found if each[-1] in ".!?"]
    return whole or found


def _stems(text: str) -> frozenset[str]:
    """Beginnings of the words that tell something: "tickets" and "ticket" are the same."""
    words = (word for word in _WORD.findall(text.lower()) if len(word) > 2 or word.isdigit())
    return frozenset(word[:_STEM] for word in words if word not in _COMMON)
