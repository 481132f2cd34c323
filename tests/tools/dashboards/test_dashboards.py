"""The pictures of the dashboards: current, complete, and the same each time."""

from __future__ import annotations

import re
from functools import cache
from xml.etree import ElementTree as ET

import pytest

from pipeline.synth.layers import Synthesis
from tests.support import shared
from tests.support.environments import ROOT, varied
from tools.dashboards.__main__ import ENV, MORE, files
from tools.dashboards.boards import Line, Told, read_alarms, read_boards, read_widget
from tools.dashboards.picture import SAMPLE
from tools.dashboards.sample import POINTS, RINGING, rings, values_of

PREFIX = f"sitechat-{ENV}-"
SVG = "{http://www.w3.org/2000/svg}"
PICTURES = ("dashboards/site.svg", "dashboards/model.svg")
every_picture = pytest.mark.parametrize("name", PICTURES)


@cache
def _synthesis() -> Synthesis:
    more = {f"{section}__{key}": value for section, values in MORE.items() for key, value in values.items()}
    (found,) = shared.syntheses([varied(ENV, **more)])
    return found


@cache
def _files() -> dict[str, str]:
    return files(_synthesis(), PREFIX)


@cache
def _alarms() -> dict[str, Told]:
    return read_alarms(_synthesis())


@cache
def _texts(name: str) -> tuple[str, ...]:
    return tuple(str(each.text) for each in ET.fromstring(_files()[name]).iter(f"{SVG}text"))


@pytest.mark.parametrize("name", [*PICTURES, "dashboards.md"])
def test_what_is_checked_in_is_what_is_drawn(name: str) -> None:
    told = "a dashboard or an alarm changed: `python -m tools.dashboards`, and look at the pictures"
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == _files()[name], told


def test_nothing_else_is_written() -> None:
    assert sorted(_files()) == sorted((*PICTURES, "dashboards.md"))
    assert {path.name for path in (ROOT / "docs" / "dashboards").iterdir()} == {"site.svg", "model.svg"}


@every_picture
def test_a_picture_says_that_its_values_are_a_sample(name: str) -> None:
    assert _texts(name)[0] == SAMPLE
    assert "Not a measurement" in SAMPLE


@every_picture
def test_every_graph_with_its_thresholds_is_in_the_picture(name: str) -> None:
    board = next(each for each in read_boards(_synthesis()) if each.name == re.sub(r".*/|\.svg", "", name))
    graphs = [widget for widget in board.widgets if widget.kind == "metric"]
    assert len(graphs) > 5
    for graph in graphs:
        assert graph.title in _texts(name)
        assert {threshold.label for threshold in graph.thresholds} <= set(_texts(name))


@every_picture
def test_no_text_is_wider_than_the_picture(name: str) -> None:
    """Some seven pixels a letter, from where a text begins, or up to where it ends."""
    root = ET.fromstring(_files()[name])
    width = float(root.attrib["width"])
    for each in root.iter(f"{SVG}text"):
        x, long = float(each.attrib["x"]), 6.5 * len(str(each.text))
        ends = each.attrib.get("class") in ("limit", "value") or each.attrib.get("text-anchor") == "end"
        assert (x - long >= 0) if ends else (x + long <= width), each.text


def test_every_alarm_has_a_row_with_its_runbook_and_a_tile() -> None:
    tiles = {text for name in PICTURES for text in _texts(name)}
    assert len(_alarms()) > 40
    for name, alarm in _alarms().items():
        (row,) = [
            line for line in _files()["dashboards.md"].splitlines() if line.startswith(f"| `…-{name[len(PREFIX) :]}` ")
        ]
        assert f"({alarm.text.runbook.removeprefix('docs/')})" in row
        assert (" its parts " in row) is (not alarm.metrics)
        assert name.removeprefix(PREFIX) in tiles


def test_an_alarm_rings_in_the_picture_exactly_where_its_line_is_past_its_threshold() -> None:
    """Of those that compare upwards, which all but three do."""
    graphs = [widget for board in read_boards(_synthesis()) for widget in board.widgets if widget.kind == "metric"]
    for name, alarm in _alarms().items():
        if alarm.threshold is None or name.endswith(("certificate", "storage", "stale-site", "no-targets")):
            continue
        drawn = [
            line
            for graph in graphs
            for line in graph.lines
            if alarm.threshold in {each.value for each in graph.thresholds} and set(line.metrics) == alarm.metrics
        ]
        assert drawn, name
        past = any(values_of(line)[-1] > alarm.threshold for line in drawn)
        assert past is rings(name), name
    assert sum(map(rings, _alarms())) == len(RINGING)


@pytest.mark.parametrize(
    ("line", "count"),
    [
        (Line("CPUUtilization", ("CPUUtilization",), statistic="Average"), POINTS),
        (Line("Tokens", ("InputTokens", "OutputTokens"), "FILL(l0m0, 0) + FILL(l0m1, 0)"), POINTS),
        (Line("used up", ("Failures", "Failures"), "10000 * RUNNING_SUM(FILL(l0bad, 0))"), 30),
    ],
)
def test_values_are_made_up_and_the_same_each_time(line: Line, count: int) -> None:
    values = values_of(line)
    assert (len(values), values) == (count, values_of(line))
    assert all(value >= 0 for value in values)
    assert len(set(values)) > 10


def test_a_sum_is_the_sum_of_what_is_drawn() -> None:
    parts = [values_of(Line(name, (name,))) for name in ("InputTokens", "OutputTokens")]
    total = values_of(Line("Tokens", ("InputTokens", "OutputTokens"), "FILL(m0, 0) + FILL(m1, 0)"))
    assert total == pytest.approx([sum(each) for each in zip(*parts, strict=True)])


def test_a_widget_that_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="a widget of type 'custom' can't be drawn"):
        read_widget({"type": "custom", "x": 0, "y": 0, "width": 1, "height": 1, "properties": {}})
