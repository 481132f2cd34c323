"""What a cross-field rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.environment import Environment

# Key of the value that is wrong, and what would be accepted.
Violation = tuple[str, str]


@dataclass(frozen=True)
class Rule:
    """A check over several fields. It isn't run when one of the fields it reads is wrong by itself."""

    reads: tuple[str, ...]
    check: Callable[[Environment], Iterator[Violation]]


def reads(*keys: str) -> Callable[[Callable[[Environment], Iterator[Violation]]], Rule]:
    """Turn a generator of violations into a rule; `keys` are dotted paths, or a whole section."""
    return lambda check: Rule(keys, check)
