"""What a preview was planned with, and what stands in its place now.

Both are values of other layers' outputs: a preview has placeholders where an output doesn't exist yet. They are known
one by one, so a previewed text is compared with the text that it becomes, and not with whatever may stand there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# By upstream layer and output.
Inputs = Mapping[str, Mapping[str, Any]]
# A shorter placeholder (a number, "1") would be found where nobody put it. It is not replaced, so that what was made
# with it counts as different and is asked about.
SHORTEST = 8


@dataclass(frozen=True)
class StandIns:
    """Placeholders and the values that have come in their place. Calling it replaces them inside plain data."""

    values: Mapping[str, str]

    @classmethod
    def between(cls, placeholders: Inputs, now: Inputs) -> StandIns:
        """Pair the placeholders of a preview with what the same layer reads now."""
        found: dict[str, set[str]] = {}
        for upstream, outputs in placeholders.items():
            for name, value in outputs.items():
                for was, is_ in _pairs(value, now.get(upstream, {}).get(name)):
                    found.setdefault(was, set()).add(is_)
        # One placeholder that became two values doesn't tell which is meant where.
        return cls({was: next(iter(each)) for was, each in found.items() if len(each) == 1})

    def __call__(self, value: Any) -> Any:
        """`value` with every placeholder, also inside strings and in keys, replaced by what came for it."""
        if not self.values:
            return value
        if isinstance(value, Mapping):
            return {self(key): self(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self(each) for each in value]
        return self._pattern.sub(lambda found: self.values[found.group()], value) if isinstance(value, str) else value

    @property
    def _pattern(self) -> re.Pattern[str]:
        """The longest first: an ARN may begin with another one. `re` keeps compiled patterns."""
        return re.compile("|".join(re.escape(each) for each in sorted(self.values, key=len, reverse=True)))


def _pairs(was: Any, is_: Any) -> Iterator[tuple[str, str]]:
    """The strings at the same places of both. A value that stayed as it is stands for itself, and is a pair too."""
    if isinstance(was, Mapping) and isinstance(is_, Mapping):
        for key in was.keys() & is_.keys():
            yield from _pairs(was[key], is_[key])
    elif isinstance(was, list) and isinstance(is_, list):
        for left, right in zip(was, is_, strict=False):
            yield from _pairs(left, right)
    elif isinstance(was, str) and isinstance(is_, str) and len(was) >= SHORTEST:
        yield was, is_
