"""Descriptions of what a field accepts, taken from the model: error, reference and check can't disagree."""

from __future__ import annotations

import types
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from config.checks import ValueCheck


@dataclass(frozen=True)
class ValueKind:
    """The type of a value, with the metadata that narrows it."""

    type: Any
    metadata: tuple[Any, ...] = ()

    @classmethod
    def of(cls, annotation: Any, metadata: Iterable[Any] = ()) -> ValueKind:
        """Unwrap `Annotated` and `| None`; a file leaves out a value of None."""
        collected = tuple(metadata)
        while True:
            if get_origin(annotation) is Annotated:
                annotation, *inner = get_args(annotation)
                collected = (*inner, *collected)
            elif get_origin(annotation) in (Union, types.UnionType):
                annotation = next(a for a in get_args(annotation) if a is not type(None))
            else:
                return cls(annotation, collected)

    @classmethod
    def of_field(cls, field: FieldInfo) -> ValueKind:
        return cls.of(field.annotation, field.metadata)

    def first(self, wanted: Any) -> Any:
        return next((m for m in self.metadata if isinstance(m, wanted)), None)

    @property
    def is_model(self) -> bool:
        return isinstance(self.type, type) and issubclass(self.type, BaseModel)

    @property
    def arguments(self) -> tuple[ValueKind, ...]:
        """Kinds of a list's items, or of a table's keys and values."""
        return tuple(ValueKind.of(a) for a in get_args(self.type) if a is not Ellipsis)

    @property
    def literals(self) -> tuple[str, ...]:
        return get_args(self.type) if get_origin(self.type) is Literal else ()


def accepted_text(kind: ValueKind) -> str:
    """Description of the values that this kind accepts."""
    if kind.literals:
        return "one of " + ", ".join(kind.literals)
    if kind.is_model:
        return "a table with the keys " + ", ".join(kind.type.model_fields)
    if get_origin(kind.type) is tuple:
        return f"a list{_size(kind)} of: {accepted_text(kind.arguments[0])}; no value twice"
    if get_origin(kind.type) is dict:
        keys, values = kind.arguments
        return f"a table{_size(kind)}; keys: {accepted_text(keys)}; values: {accepted_text(values)}"
    check = kind.first(ValueCheck)
    if check is not None:
        return str(check.accepted)
    if kind.type is bool:
        return "true or false"
    what = "number" if kind.type is float else "whole number"
    return f"a {what} from {kind.first(Ge).ge} to {kind.first(Le).le}"


def _size(kind: ValueKind) -> str:
    low, high = kind.first(MinLen), kind.first(MaxLen)
    if high is None:
        return ""
    return f" ({low.min_length} to {high.max_length})" if low else f" (up to {high.max_length})"


def kind_at(model: type[BaseModel], location: tuple[int | str, ...]) -> ValueKind | None:
    """Kind of the value at a location, None where the model has no such place.

    A last step "[key]" after a table's key means that key itself, which is how pydantic reports one.
    """
    kind = ValueKind(model)
    for index, step in enumerate(location):
        if kind.is_model:
            field = kind.type.model_fields.get(step)
            if field is None:
                return None
            kind = ValueKind.of_field(field)
        elif get_origin(kind.type) in (tuple, dict):
            is_key = get_origin(kind.type) is dict and location[index + 1 :] == ("[key]",)
            kind = kind.arguments[0 if is_key else -1]
        elif step != "[key]":
            return None
    return kind
