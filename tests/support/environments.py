"""Checked-in environments and variations of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from config import Environment, load

ROOT = Path(__file__).resolve().parents[2]
NAMES = tuple(sorted(path.stem for path in (ROOT / "environments").glob("*.toml")))


def varied(name: str, **changes: Any) -> Environment:
    """Environment with other values: top-level ones by name, those of a section as `section__key`."""
    data = load(name).model_dump()
    for key, value in changes.items():
        section, _, field = key.partition("__")
        if field:
            data[section][field] = value
        else:
            data[section] = value
    return Environment.model_validate(data)
