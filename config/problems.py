"""Mistakes in a file, told to people: each names file, key, value and what is accepted."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from config.secret_text import names_a_secret, secret_kind

_SHOWN = 60
# Problems that are told at once: who has more mends these first.
_TOLD = 20
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
# Letters and digits in one long run, without a word in it: may be a secret that strayed into the file.
_RUN = re.compile(r"(?<![A-Za-z0-9+=_])[A-Za-z0-9+=_]{32,}")
# What is no secret, and as long as one.
_DIGESTS = ("image.digest",)
# A variable with its value, as other tools write it.
_PAIR = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*)\s*[=:]")
# Keys below [secrets] that say something about secrets; whatever else stands there may be one.
_ABOUT_SECRETS = ("names", "recovery_window_days", "max_age_days")
_VARIED = 10

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
    """An environment can't be loaded. Holds every problem found, not only the first; `hint` is what to do next."""

    def __init__(self, problems: tuple[Problem, ...], *, hint: str = "") -> None:
        super().__init__(problems)
        self.problems = problems
        self.hint = hint

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> tuple[str, ...]:
        """A line a problem, twenty at most, and how many more there are."""
        more = len(self.problems) - _TOLD
        rest = (f"and {more} more, once these are mended",) if more > 0 else ()
        return (*map(str, self.problems[:_TOLD]), *rest)

    def render(self) -> str:
        """The problems under a heading, ready for a terminal."""
        count = len(self.problems)
        heading = "1 mistake in the configuration" if count == 1 else f"{count} mistakes in the configuration"
        return "\n".join((f"{heading}:", *(f"  {line}" for line in self.lines())))


def shown_value(key: str, value: Any) -> str:
    """A value as text: ASCII, one line, short, and hidden where it may be a secret."""
    if isinstance(value, dict):
        return "(a table)"
    if isinstance(value, (list, tuple)) and any(isinstance(each, (dict, list, tuple)) for each in value):
        return "(a list of tables)" if isinstance(value[0], dict) else "(a list of lists)"
    if _holds_a_secret(key) and not isinstance(value, (bool, int, float)):
        return "(hidden)"
    try:
        text = json.dumps(value, default=str)
    except (ValueError, RecursionError):  # an integer too long to print, or lists nested too deep
        return "(too large to show)"
    if _may_be_secret(key, text):
        return "(hidden)"
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def _holds_a_secret(key: str) -> bool:
    """Whether a key is named like a secret, or is where people put secrets."""
    first, *rest = [step for step in re.split(r"[.\[\]]+", key) if step]
    if first == "secrets" and not (rest and rest[0] in _ABOUT_SECRETS):
        return True
    if first == "service" and (rest[:1] == ["secrets"] or key == "service.environment"):
        return True
    return any(names_a_secret(step) for step in (first, *rest) if step != "secrets")


def _may_be_secret(key: str, text: str) -> bool:
    if "-----BEGIN" in text or secret_kind(text) is not None or any(map(names_a_secret, _PAIR.findall(text))):
        return True
    runs: list[str] = [] if key.startswith(_DIGESTS) else _RUN.findall(text)
    return any(len(set(run)) >= _VARIED and re.search(r"\d", run) and re.search(r"[A-Za-z]", run) for run in runs)


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
