"""Suggestions for mistyped names."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

# Longer words are no slips, and comparing them takes time that grows with the square of their length.
_LONGEST = 100


def nearest_name(word: str, names: Iterable[str]) -> str | None:
    """The closest of the names, None where none is close. Swapped letters count as the smallest slip."""
    known = list(names)
    lower = {name.lower(): name for name in reversed(known)}
    found = get_close_matches(word[:_LONGEST].lower(), lower, 5)
    swapped = [name for name in found if sorted(name) == sorted(word.lower())]
    return lower[(swapped or found)[0]] if found else None
