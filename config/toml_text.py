"""Write values as TOML: tables below each other, and what lies inside a list or deeper in one line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any


def toml_text(values: Mapping[str, Any]) -> str:
    """TOML of the strings, numbers, booleans, lists and tables in `values`; `tomllib` reads it back the same.

    Raises TypeError for a value of another kind.
    """
    plain = [f"{_key(name)} = {_value(value)}" for name, value in values.items() if not _tabular(value)]
    parts = ["\n".join(plain)] if plain else []
    for name, value in values.items():
        if _tabular(value):
            parts += _tables(_key(name), value)
    return "\n\n".join(parts) + "\n"


def _tables(name: str, value: Any) -> Iterator[str]:
    """One table, or the tables of a list, and the lists of tables in it."""
    heading = f"[[{name}]]" if isinstance(value, list) else f"[{name}]"
    for table in value if isinstance(value, list) else [value]:
        inner = {key: each for key, each in table.items() if _is_list_of_tables(each)}
        lines = [f"{_key(key)} = {_value(each)}" for key, each in table.items() if key not in inner]
        if lines or not inner or isinstance(value, list):
            yield "\n".join([heading, *lines])
        for key, each in inner.items():
            yield from _tables(f"{name}.{_key(key)}", each)


def _is_list_of_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)


def _tabular(value: Any) -> bool:
    return isinstance(value, Mapping) or _is_list_of_tables(value)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _string(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value:_}"
    if isinstance(value, float):
        return repr(value)  # TOML writes floats as Python does, "inf" and "nan" too
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(each)}" for key, each in value.items()) + " }"
    raise TypeError(f"{value!r} can't be written as TOML here")


def _string(text: str) -> str:
    # JSON's escapes are TOML's, too; what JSON leaves as it is but TOML refuses is the character for "delete" alone.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
