from __future__ import annotations

import json
from typing import Any

import pytest

from config.place import Place
from constructs_lib.observability import dashboard
from constructs_lib.observability.alarms import Alarm, WatchedAlarm
from constructs_lib.observability.dashboard import Dashboard, Graph, Section
from constructs_lib.observability.measures import Measure, Metric
from tests.support.synthesised import template

PLACE = Place("111111111111", "eu-west-1", "aws")
CPU = Alarm(
    id="cpu_high",
    description="Too much",
    namespace="AWS/ECS",
    metric="CPUUtilization",
    dimensions={"ServiceName": "app"},
    threshold=85,
    runbook="tasks-overloaded",
).watched("svc-cpu-high")
MEASURE = Measure((Metric("AWS/ECS", "CPUUtilization", {"ServiceName": "app"}, "Average"),))


def _widgets(*sections: Section, alarms: tuple[WatchedAlarm, ...] = ()) -> list[dict[str, Any]]:
    found = template(
        lambda scope: Dashboard(
            scope, "dashboard", name="site", place=PLACE, title="The site", alarms=alarms, sections=sections
        )
    ).one("aws_cloudwatch_dashboard")
    assert found["dashboard_name"] == "site"
    widgets: list[dict[str, Any]] = json.loads(found["dashboard_body"])["widgets"]
    return widgets


def _graph(graph: Graph) -> dict[str, Any]:
    properties: dict[str, Any] = _widgets(Section("Tasks", (graph,)))[-1]["properties"]
    return properties


def test_a_graph_draws_what_an_alarm_watches_with_its_threshold() -> None:
    assert _graph(Graph("Tasks", (CPU,))) == {
        "title": "Tasks",
        "region": "eu-west-1",
        "view": "timeSeries",
        "metrics": [["AWS/ECS", "CPUUtilization", "ServiceName", "app", {"stat": "Average", "period": 60}]],
        "yAxis": {"left": {"min": 0}},
        "annotations": {
            "horizontal": [{"label": "cpu-high: at least 85", "value": 85, "color": dashboard.TICKET}],
        },
    }


def test_alarms_on_the_same_metric_share_its_line_and_alike_ones_their_threshold() -> None:
    page = Alarm(
        id="urgent",
        description="Much too much",
        namespace="AWS/ECS",
        metric="CPUUtilization",
        dimensions={"ServiceName": "app"},
        threshold=85,
        severity="page",
        runbook="site-down",
    ).watched("svc-urgent")
    drawn = _graph(Graph("Tasks", (CPU, page), (MEASURE,)))
    assert len(drawn["metrics"]) == 1
    assert drawn["annotations"]["horizontal"] == [
        {"label": "cpu-high, urgent: at least 85", "value": 85, "color": dashboard.PAGE}
    ]


def test_metrics_of_a_sum_are_hidden_and_named_once_in_a_graph() -> None:
    one = Measure((Metric("A", "x"), Metric("A", "y")), "FILL(m0, 0) + FILL(m1, 0)", "both", "sum")
    two = Measure((Metric("A", "z", id="m10"),), "m10 * 2", "twice")
    assert _graph(Graph("Sums", measures=(one, two)))["metrics"] == [
        ["A", "x", {"stat": "Sum", "period": 60, "id": "l0m0", "visible": False}],
        ["A", "y", {"stat": "Sum", "period": 60, "id": "l0m1", "visible": False}],
        [{"expression": "FILL(l0m0, 0) + FILL(l0m1, 0)", "id": "l0", "label": "both"}],
        ["A", "z", {"stat": "Sum", "period": 60, "id": "l1m10", "visible": False}],
        [{"expression": "l1m10 * 2", "id": "l1", "label": "twice"}],
    ]


def test_a_graph_may_be_of_another_region_and_time() -> None:
    drawn = _graph(Graph("Month", measures=(MEASURE,), region="us-east-1", days=30, limits=(("all", 100.0),)))
    assert (drawn["region"], drawn["start"]) == ("us-east-1", "-P30D")
    assert drawn["annotations"]["horizontal"] == [{"label": "all", "value": 100.0}]


@pytest.mark.parametrize(
    ("count", "places"),
    [
        (1, [(0, 2)]),
        (2, [(0, 2), (12, 2)]),
        (4, [(0, 2), (12, 2), (0, 8), (12, 8)]),
        (5, [(0, 2), (8, 2), (16, 2), (0, 8), (8, 8)]),
    ],
)
def test_graphs_fill_rows_below_their_heading(count: int, places: list[tuple[int, int]]) -> None:
    graph = Graph("Tasks", measures=(MEASURE,))
    first, heading, *graphs = _widgets(Section("Tasks", (graph,) * count))
    assert (first["properties"]["markdown"], heading["properties"]["markdown"]) == ("# The site", "## Tasks")
    assert ((heading["x"], heading["y"]), [(each["x"], each["y"]) for each in graphs]) == ((0, 1), places)
    assert all(each["x"] + each["width"] <= 24 for each in graphs)


def test_a_threshold_of_many_alarms_counts_them() -> None:
    many = tuple(WatchedAlarm(**{**vars(CPU), "id": f"a{at}", "threshold": 2_000_000}) for at in range(3))
    (crossing,) = _graph(Graph("Tasks", many))["annotations"]["horizontal"]
    assert crossing["label"] == "each of 3 alarms: at least 2,000,000"


def test_a_graph_without_lines_and_a_section_without_graphs_are_left_out() -> None:
    empty = Section("Nothing", (Graph("Empty"),))
    assert [each["properties"]["markdown"] for each in _widgets(empty)] == ["# The site"]
    assert [each["type"] for each in _widgets(Section("Only words", note="Said."))] == ["text", "text"]


def test_a_heading_names_the_runbooks_of_its_alarms_once() -> None:
    (_, heading, _, _) = _widgets(Section("Tasks", (Graph("One", (CPU,)), Graph("Two", (CPU,))), note="Said."))
    assert heading["properties"]["markdown"] == "## Tasks\nRunbooks: docs/runbooks/tasks-overloaded.md\nSaid."


def test_the_state_of_alarms_comes_first_by_region_and_urgency() -> None:
    composite = WatchedAlarm("burns", "a-slo", "Burns. Severity: page. Runbook: docs/runbooks/x.md", "site")
    far = WatchedAlarm(
        "edge", "a-edge", "Edge. Severity: ticket. Runbook: docs/runbooks/x.md", "site", region="us-east-1"
    )
    (_, state) = _widgets(alarms=(CPU, far, composite))
    assert state["properties"]["alarms"] == [
        "arn:aws:cloudwatch:eu-west-1:111111111111:alarm:a-slo",
        "arn:aws:cloudwatch:us-east-1:111111111111:alarm:a-edge",
        "arn:aws:cloudwatch:eu-west-1:111111111111:alarm:svc-cpu-high",
    ]


def test_a_widget_takes_a_hundred_alarms_and_the_next_one_the_rest() -> None:
    many = tuple(WatchedAlarm(f"a{at:03}", f"a{at:03}", "", "site") for at in range(101))
    (_, first, second) = _widgets(alarms=many)
    assert [len(each["properties"]["alarms"]) for each in (first, second)] == [100, 1]
    assert second["y"] == first["y"] + first["height"]


@pytest.mark.parametrize(
    ("graphs", "lines", "said"),
    [
        (1, 501, "has 501 metrics in one widget"),
        (6, 420, "has 2520 metrics,"),
        (499, 1, "has 501 widgets"),
    ],
)
def test_more_than_cloudwatch_takes_is_refused(graphs: int, lines: int, said: str) -> None:
    measures = tuple(Measure((Metric("A", f"m{at}"),)) for at in range(lines))
    with pytest.raises(ValueError, match=f"dashboard site {said}"):
        _widgets(Section("Many", tuple(Graph(f"g{at}", measures=measures) for at in range(graphs))))


def test_as_much_as_cloudwatch_takes_is_built() -> None:
    measures = tuple(Measure((Metric("A", f"m{at}"),)) for at in range(500))
    assert len(_widgets(Section("Many", tuple(Graph(f"g{at}", measures=measures) for at in range(5))))) == 7
