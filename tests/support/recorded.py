"""A recorder of metrics that keeps what it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Recorded:
    """Values by namespace, metric and the values of its dimensions, in the order of the dimensions' names."""

    values: dict[tuple[str, ...], list[float]] = field(default_factory=dict)
    regions: set[str] = field(default_factory=set)

    def __call__(
        self,
        namespace: str,
        name: str,
        dimensions: Mapping[str, str],
        value: float = 1,
        unit: str = "Count",
        *,
        region: str = "",
    ) -> None:
        key = (namespace, name, *(f"{key}={dimensions[key]}" for key in sorted(dimensions)))
        self.values.setdefault(key, []).append(value)
        self.regions.add(region)

    def named(self, name: str, *dimensions: str) -> list[float]:
        """Values of a metric with these dimensions, each as NAME=VALUE."""
        return [each for key, found in self.values.items() if key[1:] == (name, *dimensions) for each in found]
