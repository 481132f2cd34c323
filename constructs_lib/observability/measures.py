"""What an alarm watches and a graph draws, described once for both: metrics, and math over them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Metric:
    """One metric, in values of `period_seconds` each. `id` is its name in the expression over it."""

    namespace: str
    name: str
    dimensions: Mapping[str, str] = field(default_factory=dict)
    statistic: str = "Sum"
    period_seconds: int = 60
    id: str = ""

    def row(self, **options: Any) -> list[Any]:
        """As a dashboard has it ("Metrics array format", CloudWatch API reference)."""
        named = [part for pair in sorted(self.dimensions.items()) for part in pair]
        return [
            self.namespace,
            self.name,
            *named,
            {"stat": self.statistic, "period": self.period_seconds, **options},
        ]


@dataclass(frozen=True)
class Measure:
    """One line: a metric, or with an `expression` what that makes of several.

    `id` names the line among those of an alarm; `label` says what it is, by default the metric's name.
    """

    metrics: tuple[Metric, ...]
    expression: str = ""
    label: str = ""
    id: str = ""

    def ids(self) -> tuple[str, ...]:
        """Names of the metrics in the expression."""
        return tuple(metric.id or f"m{at}" for at, metric in enumerate(self.metrics))

    def rows(self, at: int) -> list[list[Any]]:
        """Rows of a graph whose line number `at` this is; names are the graph's, of which each is there once."""
        label = {"label": self.label} if self.label else {}
        if not self.expression:
            return [self.metrics[0].row(**label)]
        renamed = {id_: f"l{at}{id_}" for id_ in self.ids()}
        expression = re.sub(
            rf"\b({'|'.join(map(re.escape, renamed))})\b", lambda found: renamed[found[1]], self.expression
        )
        hidden = [
            metric.row(id=renamed[id_], visible=False) for id_, metric in zip(self.ids(), self.metrics, strict=True)
        ]
        return [*hidden, [{"expression": expression, "id": f"l{at}", **label}]]


def measured(
    namespace: str,
    dimensions: Mapping[str, str],
    *names: str,
    statistic: str = "Sum",
    seconds: int = 60,
    label: str = "",
) -> tuple[Measure, ...]:
    """A line for each of the metrics `names`, each over `seconds`."""
    return tuple(Measure((Metric(namespace, name, dimensions, statistic, seconds),), label=label) for name in names)
