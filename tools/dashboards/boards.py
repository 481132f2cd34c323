"""The dashboards of a synthesis and its alarms, read from what Terraform would be given."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from config.alarm_text import AlarmText, read_alarm_text
from pipeline.synth.layers import Synthesis

METRIC, COMPOSITE, BOARD = "aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm", "aws_cloudwatch_dashboard"


@dataclass(frozen=True)
class Line:
    """What a graph draws: its label, the metrics it is made of, and the expression over them if any."""

    label: str
    metrics: tuple[str, ...]
    expression: str = ""
    statistic: str = ""


@dataclass(frozen=True)
class Told:
    """An alarm: what its description says, and of one on metrics their names and its threshold.

    One whose threshold a function sets has none here.
    """

    text: AlarmText
    metrics: frozenset[str] = frozenset()
    threshold: float | None = None


@dataclass(frozen=True)
class Threshold:
    """A line across a graph."""

    label: str
    value: float
    colour: str


@dataclass(frozen=True)
class Widget:
    """A widget and its place. What it shows depends on its `kind`: text, alarm or metric."""

    kind: str
    box: tuple[int, int, int, int]
    title: str = ""
    region: str = ""
    days: int = 0
    lines: tuple[Line, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    alarms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Board:
    """A dashboard: its name without region, and its widgets."""

    name: str
    widgets: tuple[Widget, ...]


def read_boards(synthesis: Synthesis) -> tuple[Board, ...]:
    """All dashboards of an environment: that of the site before that of the model."""
    bodies = _all(synthesis, BOARD)
    found = [
        Board(
            str(body["dashboard_name"]).rpartition("-")[2],
            tuple(read_widget(each) for each in json.loads(body["dashboard_body"])["widgets"]),
        )
        for body in bodies
    ]
    return tuple(sorted(found, key=lambda board: board.name, reverse=True))


def read_alarms(synthesis: Synthesis) -> dict[str, Told]:
    """Every alarm by its name."""
    return {str(body["alarm_name"]): _told(body) for kind in (METRIC, COMPOSITE) for body in _all(synthesis, kind)}


def _told(body: Mapping[str, Any]) -> Told:
    queries = [each["metric"] for each in body.get("metric_query", ()) if "metric" in each] or [body]
    metrics = frozenset(str(each["metric_name"]) for each in queries if "metric_name" in each)
    kept = "threshold" in body.get("lifecycle", {}).get("ignore_changes", ())
    return Told(read_alarm_text(str(body["alarm_description"])), metrics, None if kept else body.get("threshold"))


def _all(synthesis: Synthesis, kind: str) -> Iterator[Mapping[str, Any]]:
    for layer in synthesis.layers:
        yield from layer.config.get("resource", {}).get(kind, {}).values()


def read_widget(raw: Mapping[str, Any]) -> Widget:
    """A widget of a body. Raises ValueError for one of a type that none of ours has."""
    box = (int(raw["x"]), int(raw["y"]), int(raw["width"]), int(raw["height"]))
    shown = raw["properties"]
    if raw["type"] == "text":
        return Widget("text", box, str(shown["markdown"]))
    if raw["type"] == "alarm":
        names = tuple(arn.rpartition(":")[2] for arn in shown["alarms"])
        return Widget("alarm", box, str(shown["title"]), alarms=names)
    if raw["type"] != "metric":
        raise ValueError(f"a widget of type {raw['type']!r} can't be drawn (expected one of text, alarm, metric)")
    crossing = shown.get("annotations", {}).get("horizontal", ())
    return Widget(
        "metric",
        box,
        str(shown["title"]),
        str(shown["region"]),
        int(str(shown.get("start", "-P0D"))[2:-1]),
        tuple(_lines(shown["metrics"])),
        tuple(Threshold(each["label"], float(each["value"]), each.get("color", "#555")) for each in crossing),
    )


def _lines(rows: list[list[Any]]) -> Iterator[Line]:
    """Visible rows; an expression with the metrics that it names."""
    named = {row[-1]["id"]: str(row[1]) for row in rows if len(row) > 1 and "id" in row[-1]}
    for row in rows:
        options = row[-1]
        if len(row) == 1:
            metrics = tuple(name for id_, name in named.items() if id_ in options["expression"])
            yield Line(str(options.get("label", "expression")), metrics, str(options["expression"]))
        elif options.get("visible", True):
            yield Line(str(options.get("label", row[1])), (str(row[1]),), statistic=str(options["stat"]))
