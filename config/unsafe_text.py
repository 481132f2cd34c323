"""Unsafe text, refused in every key and value: Terraform templates, backticks, control and look-alike characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

from config.problems import Location
from config.reading import DEEPEST

# Terraform's templates, and the markers by which cdktf finds references inside of text.
_TEMPLATES = ("${", "%{", "TfToken[")


def refusal_reason(text: str) -> str | None:
    """The reason to refuse the text, None when it is safe."""
    for mark in _TEMPLATES:
        if mark in text:
            return f"text without {mark}, which Terraform would evaluate"
    if "`" in text:
        return "text without backticks"
    # C: control and invisible characters, private use, surrogates. Z: separators other than the plain space.
    if any(unicodedata.category(c)[0] == "C" or (c != " " and unicodedata.category(c)[0] == "Z") for c in text):
        return "text on one line, without control or invisible characters"
    if unicodedata.normalize("NFKC", text) != text:
        return "text without look-alike or composed characters (Unicode form NFKC)"
    return None


def find_unsafe_text(data: Any, location: Location = ()) -> Iterator[tuple[Location, Any, str]]:
    """Location, value and reason of every refused text in the values of a file, its keys included."""
    if isinstance(data, str):
        why = refusal_reason(data)
        if why:
            yield location, data, why
    elif len(location) > DEEPEST:
        yield location, data, f"at most {DEEPEST} levels of nesting"
    elif isinstance(data, dict):
        for key, value in data.items():
            why = refusal_reason(key)
            if why:
                yield (*location, key), key, f"a key that is {why}"
            else:
                yield from find_unsafe_text(value, (*location, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from find_unsafe_text(value, (*location, index))
