"""A CloudWatch dashboard: the state of alarms, and graphs with the thresholds of those that watch what they draw."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cdktf_cdktf_provider_aws.cloudwatch_dashboard import CloudwatchDashboard
from constructs import Construct

from config.place import Place
from constructs_lib.observability.alarms import WatchedAlarm
from constructs_lib.observability.measures import Measure

# The grid has 24 columns ("Dashboard body structure", CloudWatch API reference). Two or four graphs are wider.
GRID, WIDTH, WIDE, HEIGHT = 24, 8, 12, 6
# Alarms in a row of the widget that shows their state, of one row of the grid each.
TILES = 6
# "CloudWatch service quotas": widgets of a dashboard, metrics of a widget and of a dashboard. Alarms of a widget:
# "Properties of an alarm widget object", API reference.
MOST_WIDGETS, MOST_OF_WIDGET, MOST_OF_DASHBOARD, MOST_ALARMS = 500, 500, 2500, 100
# Alarms that the label of their threshold names.
MOST_NAMES = 2
# What a severity is drawn in: an alarm that wakes people, and one that waits.
PAGE, TICKET = "#d13212", "#ff9900"
_SIGNS = {
    "GreaterThanOrEqualToThreshold": "at least",
    "GreaterThanThreshold": "above",
    "LessThanThreshold": "below",
    "LessThanOrEqualToThreshold": "at most",
}


@dataclass(frozen=True)
class Graph:
    """Lines of one region: what `alarms` watch, with their thresholds, and further `measures`.

    With `days` it shows so many days until now, whatever time the dashboard shows. `limits` are further lines across
    it, by label. Without a line there is no graph.
    """

    title: str
    alarms: tuple[WatchedAlarm, ...] = ()
    measures: tuple[Measure, ...] = ()
    region: str = ""
    days: int = 0
    limits: tuple[tuple[str, float], ...] = ()

    @property
    def lines(self) -> tuple[Measure, ...]:
        """Each line once, those of alarms first: two alarms may watch the same."""
        watched = [alarm.measure for alarm in self.alarms if alarm.measure]
        found = [*watched, *self.measures]
        return tuple(each for at, each in enumerate(found) if each not in found[:at])

    def properties(self, region: str) -> dict[str, Any]:
        """Properties of the widget ("Properties of a metric widget object"), by default of `region`."""
        rows = [row for at, line in enumerate(self.lines) for row in line.rows(at)]
        crossing = [*_thresholds(self.alarms), *({"label": label, "value": value} for label, value in self.limits)]
        return {
            "title": self.title,
            "region": self.region or region,
            "view": "timeSeries",
            "metrics": rows,
            "yAxis": {"left": {"min": 0}},
            **({"annotations": {"horizontal": crossing}} if crossing else {}),
            **({"start": f"-P{self.days}D"} if self.days else {}),
        }


@dataclass(frozen=True)
class Section:
    """Graphs under a heading, in rows of three, or of two where there are two or four of them.

    `note` is Markdown below the heading, of `note_rows` rows of the grid.
    """

    title: str
    graphs: tuple[Graph, ...] = ()
    note: str = ""
    note_rows: int = 0

    @property
    def drawn(self) -> tuple[Graph, ...]:
        """Graphs that have a line."""
        return tuple(graph for graph in self.graphs if graph.lines)

    @property
    def heading(self) -> str:
        """Markdown: the title, the runbooks of the section's alarms, and the note."""
        told = [f"Runbooks: {', '.join(self._runbooks)}"] if self._runbooks else []
        return "\n".join((f"## {self.title}", *told, *((self.note,) if self.note else ())))

    @property
    def rows(self) -> int:
        """Rows of the grid that the heading takes."""
        return 1 + bool(self._runbooks) + self.note_rows

    @property
    def _runbooks(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(alarm.text.runbook for graph in self.drawn for alarm in graph.alarms))


class Dashboard(Construct):
    """The state of all `alarms`, those first that ring, and then the sections.

    Raises ValueError for more widgets, metrics or alarms than CloudWatch takes. The first three of an account are free.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        place: Place,
        title: str,
        alarms: Sequence[WatchedAlarm],
        sections: Sequence[Section],
    ) -> None:
        super().__init__(scope, id_)
        self._place = place
        widgets = [
            *_text(f"# {title}", rows=1),
            *self._states(alarms),
            *(widget for section in sections for widget in self._section(section)),
        ]
        body = {"widgets": list(_placed(widgets))}
        _check(name, body["widgets"])
        self.dashboard = CloudwatchDashboard(
            self, "dashboard", dashboard_name=name, dashboard_body=json.dumps(body, sort_keys=True)
        )

    def _states(self, alarms: Sequence[WatchedAlarm]) -> Iterator[dict[str, Any]]:
        """As many widgets as there have to be for all alarms, the urgent ones first."""
        arns = [self._arn(alarm) for alarm in sorted(alarms, key=lambda each: (_rank(each), each.name))]
        for first in range(0, len(arns), MOST_ALARMS):
            some = arns[first : first + MOST_ALARMS]
            rows = 1 + -(-len(some) // TILES)
            properties = {"title": "Alarms", "alarms": some, "sortBy": "stateUpdatedTimestamp"}
            yield _widget("alarm", GRID, rows, properties)

    def _arn(self, alarm: WatchedAlarm) -> str:
        return self._place.arn("cloudwatch", f"alarm:{alarm.name}", region=alarm.region or self._place.region)

    def _section(self, section: Section) -> Iterator[dict[str, Any]]:
        if not section.drawn and not section.note:
            return
        yield from _text(section.heading, rows=section.rows)
        width = WIDE if len(section.drawn) in (2, 4) else WIDTH
        for graph in section.drawn:
            yield _widget("metric", width, HEIGHT, graph.properties(self._place.region))


def _widget(kind: str, width: int, height: int, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "width": width, "height": height, "properties": properties}


def _text(markdown: str, *, rows: int) -> Iterator[dict[str, Any]]:
    yield _widget("text", GRID, rows, {"markdown": markdown})


def _placed(widgets: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Widgets with their places: in rows from left to right, a new one where the next doesn't fit."""
    x = y = row = 0
    for widget in widgets:
        if x + widget["width"] > GRID:
            x, y, row = 0, y + row, 0
        yield {**widget, "x": x, "y": y}
        x, row = x + widget["width"], max(row, widget["height"])


def _rank(alarm: WatchedAlarm) -> int:
    """Alarms that page, then tickets, then those that tell nobody."""
    return {"page": 0, "ticket": 1}.get(alarm.text.severity, 2)


def _thresholds(alarms: Sequence[WatchedAlarm]) -> Iterator[dict[str, Any]]:
    """A line across the graph for each threshold, named after the alarms that have it."""
    found: dict[tuple[float, str], list[WatchedAlarm]] = {}
    for alarm in alarms:
        if alarm.threshold is not None:
            found.setdefault((alarm.threshold, alarm.comparison), []).append(alarm)
    for (threshold, comparison), some in found.items():
        ids = tuple(dict.fromkeys(each.id.replace("_", "-") for each in some))
        names = ", ".join(ids) if len(ids) <= MOST_NAMES else f"each of {len(ids)} alarms"
        urgent = any(each.text.severity != "ticket" for each in some)
        yield {
            "label": f"{names}: {_SIGNS[comparison]} {threshold:,.10g}",
            "value": threshold,
            "color": PAGE if urgent else TICKET,
        }


def _check(name: str, widgets: Sequence[dict[str, Any]]) -> None:
    """Raise ValueError where CloudWatch would refuse."""
    counts = [len(each["properties"]["metrics"]) for each in widgets if each["type"] == "metric"]
    for what, count, most in (
        ("widgets", len(widgets), MOST_WIDGETS),
        ("metrics in one widget", max(counts, default=0), MOST_OF_WIDGET),
        ("metrics", sum(counts), MOST_OF_DASHBOARD),
    ):
        if count > most:
            raise ValueError(
                f"dashboard {name} has {count} {what}, and CloudWatch takes at most {most}: split it in two"
            )
