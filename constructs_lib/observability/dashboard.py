"""One CloudWatch dashboard for the whole service."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cdktf_cdktf_provider_aws.cloudwatch_dashboard import CloudwatchDashboard
from constructs import Construct

COLUMNS, WIDTH, HEIGHT = 3, 8, 6


@dataclass(frozen=True)
class Graph:
    """One graph: `metrics` are rows of `(namespace, metric, dimension, value, ...)`, all in one region."""

    title: str
    region: str
    metrics: tuple[tuple[str, ...], ...]
    statistic: str = "Average"
    period_seconds: int = 60

    def widget(self, position: int) -> dict[str, Any]:
        """The widget's JSON at its place in the grid (CloudWatch dashboard body structure)."""
        return {
            "type": "metric",
            "x": position % COLUMNS * WIDTH,
            "y": position // COLUMNS * HEIGHT,
            "width": WIDTH,
            "height": HEIGHT,
            "properties": {
                "title": self.title,
                "region": self.region,
                "view": "timeSeries",
                "stat": self.statistic,
                "period": self.period_seconds,
                "metrics": [list(metric) for metric in self.metrics],
            },
        }


class Dashboard(Construct):
    """Graphs in rows of three. A dashboard holds at most 500 widgets (CloudWatch quotas); the first three are free."""

    def __init__(self, scope: Construct, id_: str, *, name: str, graphs: Sequence[Graph]) -> None:
        super().__init__(scope, id_)
        body = {"widgets": [graph.widget(position) for position, graph in enumerate(graphs)]}
        self.dashboard = CloudwatchDashboard(
            self, "dashboard", dashboard_name=name, dashboard_body=json.dumps(body, sort_keys=True)
        )
