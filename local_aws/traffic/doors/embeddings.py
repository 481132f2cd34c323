"""Embeddings by hashed words and n-grams of their letters: texts that share words lie near each other."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from hashlib import blake2b

_WORD = re.compile(r"\w+")
_GRAM = 4
# An n-gram counts less than a word, so that the same word weighs more than a similar one.
_GRAM_WEIGHT = 0.35
# Short words are mostly articles and prepositions, in most languages.
_SHORT, _SHORT_WEIGHT = 3, 0.2


def embedding(text: str, dimensions: int, *, normalize: bool) -> list[float]:
    """The vector of a text, the same every time. A text without words has a vector of zeros."""
    vector = [0.0] * dimensions
    for word in _WORD.findall(text.lower()):
        for place, weight in _features(word):
            vector[abs(place) % dimensions] += math.copysign(weight, place)
    if not normalize:
        return vector
    length = math.sqrt(sum(value * value for value in vector))
    return [value / length for value in vector] if length else vector


@lru_cache(maxsize=50_000)
def _features(word: str) -> tuple[tuple[int, float], ...]:
    """Places and weights of a word: the sign of a place is the sign of its weight."""
    weight = _SHORT_WEIGHT if len(word) <= _SHORT else 1.0
    padded = f"<{word}>"
    grams = {padded[start : start + _GRAM] for start in range(max(1, len(padded) - _GRAM + 1))}
    return (
        (_place(f"word {word}"), weight),
        *((_place(f"gram {gram}"), weight * _GRAM_WEIGHT) for gram in sorted(grams)),
    )


def _place(feature: str) -> int:
    number = int.from_bytes(blake2b(feature.encode(), digest_size=8).digest(), "big")
    # The lowest bit is the sign and no part of the place, so that both are independent.
    place = (number >> 1) + 1
    return -place if number & 1 else place
