"""Explanations of pydantic's errors: what the field accepts, and the nearest name for a typing mistake."""

from __future__ import annotations

from typing import Any

from config.checks import OneOf
from config.describe import ValueKind, accepted_text, kind_at
from config.environment import Environment
from config.nearest import nearest_name
from config.problems import Location


def explain_error(error: Any, location: Location) -> str:
    """Describe what an error's location accepts, with the nearest name where the value looks mistyped."""
    if error["type"] == "extra_forbidden":
        near = nearest_key(location)
        if near:
            return f"unknown key; did you mean {near}?"
        return "unknown key; accepted here: " + ", ".join(_keys(location))
    kind = kind_at(Environment, location)
    if kind is None:
        return str(error["msg"])
    if error["type"] == "missing":
        return f"required: {accepted_text(kind)}"
    if location == ("name",):
        return f"the file's name must be {accepted_text(kind)}"
    near = _nearest_value(kind, error["input"])
    return accepted_text(kind) + (f"; did you mean {near}?" if near else "")


def nearest_key(location: Location) -> str | None:
    """The known key nearest to an unknown one, None where none is close."""
    return nearest_name(str(location[-1]), _keys(location))


def _keys(location: Location) -> list[str]:
    parent = kind_at(Environment, location[:-1])
    keys = parent.type.model_fields if parent and parent.is_model else ()
    return [key for key in keys if location[:-1] or key != "name"]


def _nearest_value(kind: ValueKind, value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    known = kind.first(OneOf)
    return nearest_name(value, known.values() if known else kind.literals)
