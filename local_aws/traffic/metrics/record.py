"""How the parts of the plane tell what they measure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Record(Protocol):
    """Takes one value of a metric, now. `region` is the plane's own where none is given."""

    def __call__(
        self,
        namespace: str,
        name: str,
        dimensions: Mapping[str, str],
        value: float = 1,
        unit: str = "Count",
        *,
        region: str = "",
    ) -> None: ...


def unrecorded(
    namespace: str,
    name: str,
    dimensions: Mapping[str, str],
    value: float = 1,
    unit: str = "Count",
    *,
    region: str = "",
) -> None:
    """Take a value and forget it."""
