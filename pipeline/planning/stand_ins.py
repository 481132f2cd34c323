"""Replace the placeholders of a preview by the real output values, to compare it with the plan.

A preview has a placeholder for each output that doesn't exist yet. Each is paired with the value of the same output
now, so a previewed text is compared with exactly the text it must become.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# Output values, by upstream layer and output.
Inputs = Mapping[str, Mapping[str, Any]]
# Length of the shortest placeholder that is replaced. A shorter one (a number, "1") would also match other text; left
# in place, it counts as a difference, and a person is asked.
SHORTEST = 8


@dataclass(frozen=True)
class StandIns:
    """Placeholders with the values that replace them. A call replaces them inside plain data."""

    values: Mapping[str, str]

    @classmethod
    def between(cls, placeholders: Inputs, now: Inputs) -> StandIns:
        """Pair the placeholders of a preview with the outputs that the same layer reads now."""
        found: dict[str, set[str]] = {}
        for upstream, outputs in placeholders.items():
            for name, value in outputs.items():
                for was, is_ in _paired_strings(value, now.get(upstream, {}).get(name)):
                    found.setdefault(was, set()).add(is_)
        # A placeholder that became two values is left out: it doesn't tell which value belongs where.
        return cls({was: next(iter(each)) for was, each in found.items() if len(each) == 1})

    def __call__(self, value: Any) -> Any:
        """Replace every placeholder in `value`, also inside strings and in keys."""
        if not self.values:
            return value
        if isinstance(value, Mapping):
            return {self(key): self(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self(each) for each in value]
        return self._pattern.sub(lambda found: self.values[found.group()], value) if isinstance(value, str) else value

    @property
    def _pattern(self) -> re.Pattern[str]:
        """Any placeholder, the longest first: an ARN may begin with another one. `re` caches compiled patterns."""
        return re.compile("|".join(re.escape(each) for each in sorted(self.values, key=len, reverse=True)))


def _paired_strings(was: Any, is_: Any) -> Iterator[tuple[str, str]]:
    """Pairs of the strings at the same place of both values; an unchanged string pairs with itself."""
    if isinstance(was, Mapping) and isinstance(is_, Mapping):
        for key in was.keys() & is_.keys():
            yield from _paired_strings(was[key], is_[key])
    elif isinstance(was, list) and isinstance(is_, list):
        for left, right in zip(was, is_, strict=False):
            yield from _paired_strings(left, right)
    elif isinstance(was, str) and isinstance(is_, str) and len(was) >= SHORTEST:
        yield was, is_
