"""From pydantic's errors to problems a person can act on."""

from __future__ import annotations

from typing import Any

from config.checks import OneOf
from config.describe import Kind, accepted, find
from config.environment import Environment
from config.nearest import nearest
from config.problems import Location


def explain(error: Any, location: Location) -> str:
    """What is accepted at the place of an error, with the nearest name where the value looks like a slip."""
    if error["type"] == "extra_forbidden":
        near = nearest_key(location)
        if near:
            return f"unknown key; did you mean {near}?"
        return "unknown key; accepted here: " + ", ".join(_keys(location))
    kind = find(Environment, location)
    if kind is None:
        return str(error["msg"])
    if error["type"] == "missing":
        return f"required: {accepted(kind)}"
    if location == ("name",):
        return f"the file's name must be {accepted(kind)}"
    near = _nearest_value(kind, error["input"])
    return accepted(kind) + (f"; did you mean {near}?" if near else "")


def nearest_key(location: Location) -> str | None:
    """The key that an unknown one was probably meant to be."""
    return nearest(str(location[-1]), _keys(location))


def _keys(location: Location) -> list[str]:
    parent = find(Environment, location[:-1])
    keys = parent.type.model_fields if parent and parent.is_model else ()
    return [key for key in keys if location[:-1] or key != "name"]


def _nearest_value(kind: Kind, value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    known = kind.first(OneOf)
    return nearest(value, known.values() if known else kind.literals)
