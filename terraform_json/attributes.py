"""Differences between two sides of a resource, attribute by attribute, without sensitive values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from terraform_json.redact import (
    SENSITIVE,
    UNKNOWN,
    Scrubber,
    any_true,
    decoded,
    hides,
    mask_of,
)

# Longer values are folded in the page and cut in Markdown.
FOLD_FROM_CHARACTERS = 120
# Keys whose values tell the elements of a list apart, and the longest such value: anything longer is content.
_NAMES = ("Sid", "name")
_LONGEST_NAME = 64


@dataclass(frozen=True)
class AttributeChange:
    """Attribute that differs; None stands for a side that has no value."""

    path: str
    before: str | None
    after: str | None
    forces_replacement: bool = False

    @property
    def long(self) -> bool:
        return any(len(side or "") > FOLD_FROM_CHARACTERS or "\n" in (side or "") for side in (self.before, self.after))


@dataclass(frozen=True)
class Side:
    """Value with its masks. JSON strings are parsed, so that a diff names the key inside."""

    value: Any = None
    sensitive: Any = False
    unknown: Any = False
    inside: str = ""

    @classmethod
    def of(cls, value: Any, sensitive: Any, unknown: Any, inside: str = "") -> Side:
        if any_true(sensitive) and not isinstance(value, Mapping | list) and not isinstance(unknown, Mapping | list):
            return cls(value, True, unknown, inside)
        if isinstance(value, str) and not any_true(sensitive):
            value = decoded(value)
        return cls(value, sensitive, unknown, inside)

    @property
    def atomic(self) -> bool:
        return self.sensitive is True or self.unknown is True or not self.keys

    @property
    def keys(self) -> tuple[str | int, ...]:
        if isinstance(self.value, list):
            return tuple(range(len(self.value)))
        own = tuple(self.value) if isinstance(self.value, Mapping) else ()
        later = tuple(self.unknown) if isinstance(self.unknown, Mapping) else ()
        return tuple(sorted({*own, *(key for key in later if any_true(self.unknown[key]))}))

    @property
    def empty(self) -> bool:
        return self.unknown is not True and not any_true(self.unknown) and self.value in (None, "", [], {})

    def child(self, key: str | int) -> Side:
        if isinstance(self.value, list) and isinstance(key, int):
            unknown = _member(self.unknown, key)
            return Side.of(self.value[key], mask_of(self.sensitive, self.value, key), unknown, self.inside)
        pair = self.value if isinstance(self.value, Mapping) else {}
        sensitive = True if hides(str(key), pair, self.inside) else mask_of(self.sensitive, pair, key)
        return Side.of(pair.get(key), sensitive, _member(self.unknown, key), str(key))

    def shown(self, scrub: Scrubber) -> str | None:
        if self.sensitive is True:
            return None if self.value is None and self.unknown is not True else SENSITIVE
        if self.unknown is True:
            return UNKNOWN
        if self.value is None:
            return None
        text = self.value if isinstance(self.value, str) else json.dumps(self.value, ensure_ascii=False)
        return scrub(text)


def attribute_changes(
    before: Side, after: Side, *, scrub: Scrubber, replace_paths: list[list[Any]]
) -> tuple[AttributeChange, ...]:
    """Attributes that differ, in path order; `replace_paths` of the plan are those that force a replacement."""
    lines = []
    for path, old, new in _walk((), before, after):
        forced = any(_is_below(path, each) for each in replace_paths)
        lines.append(AttributeChange(scrub(_joined(list(path))), old.shown(scrub), new.shown(scrub), forced))
    return tuple(lines)


def _is_below(path: tuple[str | int, ...], stem: list[Any]) -> bool:
    """Whether a path is a stem or below it; the number of a named element of a list doesn't matter."""
    pairs = zip(path, stem, strict=False)
    return len(stem) <= len(path) and all(
        isinstance(theirs, int) if isinstance(own, _Name) else own == theirs for own, theirs in pairs
    )


def _walk(path: tuple[str | int, ...], before: Side, after: Side) -> Iterator[tuple[tuple[str | int, ...], Side, Side]]:
    if _same(before, after):
        return
    if before.sensitive is True or after.sensitive is True:
        # Sensitive on one side is sensitive on both: the value may be the same.
        yield path, replace(before, sensitive=True), replace(after, sensitive=True)
    elif before.atomic and after.atomic:
        yield path, before, after
    elif isinstance(before.value, list) and isinstance(after.value, list) and not (before.atomic or after.atomic):
        yield from _walk_lists(path, before, after)
    elif (before.atomic and not before.empty) or (after.atomic and not after.empty):
        # One side can't be opened (unknown, or of another type): show both whole.
        yield path, _closed(before), _closed(after)
    else:
        for key in sorted({*before.keys, *after.keys}, key=str):
            yield from _walk((*path, key), _child(before, key), _child(after, key))


def _walk_lists(
    path: tuple[str | int, ...], before: Side, after: Side
) -> Iterator[tuple[tuple[str | int, ...], Side, Side]]:
    """Leave out elements of both sides, compare those of one name: an insertion then shifts nothing."""
    old = [before.child(key) for key in before.keys]
    new = [after.child(key) for key in after.keys]
    for item in list(old):
        twin = next((other for other in new if _same(item, other)), None)
        if twin is not None:
            old.remove(item)
            new.remove(twin)
    for item in list(old):
        name = _own_name(item)
        named = [other for other in new if name and _own_name(other) == name]
        if len(named) == 1:
            old.remove(item)
            new.remove(named[0])
            yield from _walk((*path, _Name(name)), item, named[0])
    for index in range(max(len(old), len(new))):
        left = old[index] if index < len(old) else Side()
        right = new[index] if index < len(new) else Side()
        alone = _own_name(left) or _own_name(right) if left.empty or right.empty else ""
        yield from _walk((*path, _Name(alone) if alone else index), left, right)


class _Name(str):
    """Step into a list by the name of an element instead of its number."""


def _own_name(side: Side) -> str:
    """Name by which an element of a list is told from the others: a statement's Sid, a variable's or block's name."""
    if not isinstance(side.value, Mapping) or side.atomic:
        return ""
    found = (side.child(key) for key in _NAMES if key in side.value)
    shown = (each.value for each in found if each.atomic and each.sensitive is not True)
    return next((value for value in shown if isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME), "")


def _same(before: Side, after: Side) -> bool:
    if any_true(after.unknown):
        return False
    return (before.empty and after.empty) or before.value == after.value


def _child(side: Side, key: str | int) -> Side:
    return side.child(key) if key in side.keys else Side()


def _closed(side: Side) -> Side:
    if side.atomic:
        return side
    hidden = any(_hides(side.child(key)) for key in side.keys)
    return Side(side.value, True if hidden else side.sensitive, False, side.inside)


def _hides(side: Side) -> bool:
    return side.sensitive is True or (not side.atomic and any(_hides(side.child(key)) for key in side.keys))


def _member(mask: Any, key: str | int) -> Any:
    if mask is True:
        return True
    if isinstance(mask, Mapping):
        return mask.get(str(key), False)
    if isinstance(mask, list) and isinstance(key, int) and key < len(mask):
        return mask[key]
    return False


def _joined(path: list[Any]) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int | _Name) else f".{step}" if text else str(step)
    return text
