"""A page's text to passages: whole paragraphs where they fit, else sentences, else words."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Characters of a passage. Four are found for a question, and a few hundred tokens say one thing: a longer passage
# answers many questions a little. A change is another LAYOUT.
MOST_CHARS = 1200
# What the end of one passage and the beginning of the next share, so that no sentence loses what it refers to.
OVERLAP_CHARS = 150

_PARAGRAPH = re.compile(r"\n\s*\n|\n")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")
_SPACE = re.compile(r"[^\S\n]+")


def split(text: str, *, most: int = MOST_CHARS, overlap: int = OVERLAP_CHARS) -> tuple[str, ...]:
    """Passages of a text, in its order, of up to `most` characters; none where it holds no words.

    Neighbours share up to `overlap` characters, in whole words.
    """
    passages: list[str] = []
    current = ""
    for piece in _pieces(text, most - overlap - 1):
        joined = f"{current}\n{piece}" if current else piece
        if len(joined) <= most:
            current = joined
            continue
        passages.append(current)
        shared = _tail(current, overlap)
        current = f"{shared}\n{piece}" if shared else piece
    if current:
        passages.append(current)
    return tuple(passages)


def _pieces(text: str, most: int) -> Iterator[str]:
    """Paragraphs, those longer than `most` in sentences, those in words, those in letters."""
    for paragraph in _PARAGRAPH.split(text):
        yield from _cut(_SPACE.sub(" ", paragraph).strip(), most, (_SENTENCE, _SPACE))


def _cut(text: str, most: int, ways: tuple[re.Pattern[str], ...]) -> Iterator[str]:
    if not text:
        return
    if len(text) <= most:
        yield text
        return
    if not ways:
        yield from (text[at : at + most] for at in range(0, len(text), most))
        return
    gathered = ""
    for part in (inner for piece in ways[0].split(text) for inner in _cut(piece, most, ways[1:])):
        joined = f"{gathered} {part}" if gathered else part
        if len(joined) > most:
            yield gathered
            joined = part
        gathered = joined
    if gathered:
        yield gathered


def _tail(text: str, most: int) -> str:
    """The last words of a text, up to `most` characters; empty where one word is longer."""
    if len(text) <= most:
        return text
    _, space, tail = text[-most - 1 :].replace("\n", " ").partition(" ")
    return tail if space else ""
