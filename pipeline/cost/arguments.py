"""Arguments and values that the price knows, by type: a resource with any other is unpriced."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.cost.table import NoPriceError

FILE = Path(__file__).with_name("arguments.toml")
# What Terraform and cdktf read of every resource. `count` and `for_each` are missing: one price isn't that of many.
META = frozenset({"//", "depends_on", "lifecycle", "provider", "tags"})
# Arguments that hold a map, whose keys are no arguments.
_MAPS = frozenset({"//", "dimensions", "input_paths", "lifecycle", "options", "tags", "triggers", "variables"})


@dataclass(frozen=True)
class Known:
    """Arguments of a type: those of its body, those inside of its blocks, and values of some."""

    own: frozenset[str]
    inside: frozenset[str]
    values: Mapping[str, frozenset[str]]


@cache
def known_arguments() -> Mapping[str, Known]:
    """The list by type."""
    return {kind: _known(table) for kind, table in tomllib.loads(FILE.read_text(encoding="utf-8")).items()}


def _known(table: Mapping[str, Any]) -> Known:
    values = {name: frozenset(map(_text, found)) for name, found in table.get("values", {}).items()}
    return Known(frozenset(table["arguments"]), frozenset(table.get("inside", ())), values)


def refuse_unknown_arguments(kind: str, body: Mapping[str, Any]) -> None:
    """Raise NoPriceError where a resource has an argument, or a value, of which nobody has said what it costs."""
    if not isinstance(body, Mapping):
        raise NoPriceError("it isn't written as a resource is")
    if body.get("provider", "aws") not in ("aws", "aws.global"):
        raise NoPriceError(f"it is of the provider {body['provider']}, whose region isn't priced here")
    known = known_arguments().get(kind)
    if known is None:
        raise NoPriceError("no arguments of this type are known to the price")
    unknown = [key for key in body if key not in known.own | META]
    unknown += [key for key, _ in _inside(body) if key not in known.inside]
    if unknown:
        raise NoPriceError(f"it has {', '.join(dict.fromkeys(unknown))}, which isn't priced here")
    for key, value in (*body.items(), *_inside(body)):
        if key in known.values and _text(value) not in known.values[key]:
            raise NoPriceError(f"it has {key} = {_text(value)}, which isn't priced here")


def _inside(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in body.items():
        if key not in _MAPS:
            yield from _items(value)


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    """Arguments at every level of a block, but not the keys of maps."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield key, item
            if key not in _MAPS:
                yield from _items(item)
    elif isinstance(value, list):
        for item in value:
            yield from _items(item)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
