"""Expressions of a layer, found at the speed of a search through text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from terraform_json.blocks import NOTES, Config, data_sources, listed, named, resources
from terraform_json.references import REMOTE_STATE

# What opens an expression or a template, and what is inside up to the first brace.
Expressions = frozenset[tuple[str, str]]

_EXPRESSION = re.compile(r"([$%]+\{)([^}]*)\}?")
_UNCLOSED = re.compile(r"[$%]+\{[^}]*\Z")


def expressions_in(config: Config) -> Expressions:
    """Everything between braces of a template, in any text or key but notes; states of other layers are left out."""
    data = {kind: bodies for kind, bodies in named(config.get("data")) if kind != REMOTE_STATE}
    judged = [config.get("resource"), data, config.get("output"), config.get("provider")]
    text = json.dumps(judged, ensure_ascii=False)
    if "\\" not in text:
        return frozenset(_EXPRESSION.findall(text))
    return frozenset((opening, _unescaped(inside)) for opening, inside in set(_EXPRESSION.findall(text)))


def places_of(expression: tuple[str, str], config: Config) -> list[str]:
    """Addresses and arguments whose value or key holds an expression."""
    places = [place for place, text in _texts(config) if expression in _EXPRESSION.findall(text)]
    # One that isn't closed was found to go on behind its text.
    return places or [place for place, text in _texts(config) if _UNCLOSED.search(text)]


def _unescaped(inside: str) -> str:
    """Text of an expression as it stands between the quotes of JSON; as it is where it goes beyond them."""
    try:
        return str(json.loads(f'"{inside}"'))
    except ValueError:
        return inside


def _texts(config: Config) -> Iterator[tuple[str, str]]:
    for block in (*resources(config), *data_sources(config)):
        if block.type != REMOTE_STATE:
            yield from _inside(block.body, block.address)
    for name, body in named(config.get("output")):
        yield from _inside(body, f"output.{name}")
    for kind, blocks in named(config.get("provider")):
        yield from (each for block in listed(blocks) for each in _inside(block, f"provider.{kind}"))


def _inside(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key != NOTES:
                yield place, key
                yield from _inside(inner, f"{place}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _inside(inner, f"{place}[{index}]")
