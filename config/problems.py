"""Mistakes in a file, told to people: each names file, key, value and what is accepted."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_SHOWN = 60
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SECRET_KEY = re.compile(r"password|passwd|secret(?!s\.)|token|credential|api_?key|access_?key|private", re.IGNORECASE)
# Access keys, or a long run of characters without a word in it: may be a secret that strayed into the file.
_SECRET_VALUE = re.compile(r"A[KS]IA[A-Z0-9]{12,}|-----BEGIN|[A-Za-z0-9+/=_]{40,}")


Location = tuple[int | str, ...]


@dataclass(frozen=True)
class Problem:
    """One mistake. `key` is a dotted path, "" for the file as a whole; `value` is safe to print."""

    file: str
    key: str
    value: str
    accepted: str

    def __str__(self) -> str:
        place = f"{self.file}: {self.key}" if self.key else self.file
        return f"{place} = {self.value}: {self.accepted}" if self.value else f"{place}: {self.accepted}"


class ConfigError(Exception):
    """An environment can't be loaded. Holds every problem found, not only the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))

    def render(self) -> str:
        """The problems under a heading, ready for a terminal."""
        count = len(self.problems)
        heading = "1 mistake in the configuration" if count == 1 else f"{count} mistakes in the configuration"
        return "\n".join((f"{heading}:", *(f"  {problem}" for problem in self.problems)))


def shown_value(key: str, value: Any) -> str:
    """A value as text: ASCII, one line, short, and hidden where it may be a secret."""
    if isinstance(value, dict):
        return "(a table)"
    may_be_secret = _SECRET_KEY.search(key) or key.startswith("service.environment.")
    if may_be_secret and not isinstance(value, (bool, int, float)):
        return "(hidden)"
    try:
        text = json.dumps(value, default=str)
    except (ValueError, RecursionError):  # an integer too long to print, or lists nested too deep
        return "(too large to show)"
    if _SECRET_VALUE.search(text):
        return "(hidden)"
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def dotted_key(location: Location) -> str:
    """A location as people write it: "bedrock.blocked_topics[0].name". Odd keys are quoted, long ones shortened."""
    text = ""
    for step in location:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            name = step if _BARE_KEY.fullmatch(step) else json.dumps(step[:_SHOWN])
            text += f".{name[:_SHOWN]}" if text else name[:_SHOWN]
    return text
