"""Compare two syntheses of the same environment: the same, but for differences that are listed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

# What cdktf appends to the name of a construct, so that two never have the same.
_SUFFIX = re.compile(r"_[0-9A-F]{8}(?![0-9A-Za-z])")
# Long values are cut in lines for people.
_SHOWN = 160


class _Mark:
    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


ABSENT: Final = _Mark("absent")
# In a list of expected differences: whatever stood there.
ANYTHING: Final = _Mark("anything")

Expected = Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True)
class Difference:
    """What stands at a place in the first synthesis and in the second, either of which may be ABSENT."""

    place: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.place}: {_shown(self.before)} -> {_shown(self.after)}"


def read(folder: Path) -> dict[str, Any]:
    """A synthesis as data: its manifest, and each layer under its name. Raises OSError and ValueError."""
    manifest = json.loads((folder / "manifest.json").read_text())
    layers = {
        name: json.loads((folder / stack["synthesizedStackPath"]).read_text())
        for name, stack in manifest["stacks"].items()
    }
    return {"manifest": manifest, **layers}


def without_suffixes(value: Any) -> Any:
    """The same with the names of constructs as they are in the code."""
    if isinstance(value, dict):
        return {_SUFFIX.sub("", key): without_suffixes(each) for key, each in value.items()}
    if isinstance(value, list):
        return [without_suffixes(each) for each in value]
    return _SUFFIX.sub("", value) if isinstance(value, str) else value


def differences(before: Any, after: Any, place: str = "") -> Iterator[Difference]:
    """Each difference once, at the innermost place that has both sides; lists of another length are one."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            inner = f"{place}/{key}" if place else key
            yield from differences(before.get(key, ABSENT), after.get(key, ABSENT), inner)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from differences(one, other, f"{place}/{number}")
    elif type(before) is not type(after) or before != after:
        yield Difference(place, before, after)


def unexpected(found: Iterable[Difference], expected: Expected) -> list[str]:
    """Lines for differences that aren't expected so, and for expected ones that aren't there."""
    lines, missing = [], dict(expected)
    for each in found:
        before, after = missing.pop(each.place, (ABSENT, ABSENT))
        if before is after is ABSENT:
            lines.append(f"not listed: {each}")
        elif not (_is(each.before, before) and _is(each.after, after)):
            lines.append(f"otherwise than listed: {each}; expected {_shown(before)} -> {_shown(after)}")
    return [*lines, *(f"listed, and there is no such difference: {place}" for place in missing)]


def leaves(value: Any) -> int:
    """How many values there are inside."""
    if isinstance(value, dict):
        return sum(map(leaves, value.values()))
    return sum(map(leaves, value)) if isinstance(value, list) else 1


def _is(value: Any, expected: Any) -> bool:
    if expected is ANYTHING:
        return value is not ABSENT
    return type(value) is type(expected) and bool(value == expected)


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, _Mark) else json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
