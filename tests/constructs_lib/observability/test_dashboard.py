from __future__ import annotations

import json
from typing import Any

from constructs_lib.observability.dashboard import Dashboard, Graph
from tests.support.synthesised import template

GRAPH = Graph("Tasks", "eu-west-1", (("AWS/ECS", "CPUUtilization", "ServiceName", "app"),))


def _widgets(*drawn: Graph) -> list[dict[str, Any]]:
    dashboard = template(lambda scope: Dashboard(scope, "dashboard", name="overview", graphs=drawn)).one(
        "aws_cloudwatch_dashboard"
    )
    assert dashboard["dashboard_name"] == "overview"
    widgets: list[dict[str, Any]] = json.loads(dashboard["dashboard_body"])["widgets"]
    return widgets


def test_a_graph_shows_its_metrics() -> None:
    (widget,) = _widgets(GRAPH)
    assert widget["type"] == "metric"
    assert widget["properties"] == {
        "title": "Tasks",
        "region": "eu-west-1",
        "view": "timeSeries",
        "stat": "Average",
        "period": 60,
        "metrics": [["AWS/ECS", "CPUUtilization", "ServiceName", "app"]],
    }


def test_graphs_fill_rows_of_three_without_covering_each_other() -> None:
    places = [(each["x"], each["y"]) for each in _widgets(*[GRAPH] * 4)]
    assert places == [(0, 0), (8, 0), (16, 0), (0, 6)]
    assert {(each["width"], each["height"]) for each in _widgets(GRAPH)} == {(8, 6)}
