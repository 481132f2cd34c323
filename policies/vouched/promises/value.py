"""A promised value: one argument, and the setting that says what it is."""

from __future__ import annotations

from typing import Any, NamedTuple


class Value(NamedTuple):
    """One argument of "layer/type.name" and what it has to be; `[]` in its path stands for each item of a list."""

    address: str
    argument: str
    expected: Any
    reason: str
