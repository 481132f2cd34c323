"""The spans of a traced request in the report: bars to scale, failures marked, absent without any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from pipeline.report import LayerResult, ReportInput, write_report
from pipeline.report.kept_road import KeptRoad, RoadSpan, RoadStep
from pipeline.report.road import BAR_LEAST, BARS_LEFT, BARS_RIGHT
from pipeline.report.waterfall import INDENT, TEXT_X, draw_waterfall

Report = Callable[..., ReportInput]
SVG = "{http://www.w3.org/2000/svg}"
SPANS = (
    RoadSpan("POST /api/chat", 0, 0.0, 400.0, "UNSET", ("http.response.status_code=200",)),
    RoadSpan("retrieve", 1, 100.0, 100.0, "UNSET"),
    RoadSpan("search pages", 2, 150.0, 50.0, "ERROR search_503"),
    RoadSpan("chat model", 1, 200.0, 0.0, "UNSET", ("gen_ai.usage.output_tokens=41", "first_token after 30.5 ms")),
)
ROAD = KeptRoad("2026-01-02T03:04:05Z", 200, "done", (RoadStep("target", "10.0.1.4:8080", "answered 200", 9.0),), SPANS)


def drawn(*spans: RoadSpan) -> list[ET.Element]:
    return [each for each in ET.fromstring(draw_waterfall(spans)).iter(f"{SVG}g") if "span" in each.attrib["class"]]


def bar(span: ET.Element) -> tuple[float, float]:
    (found,) = [each for each in span.iter(f"{SVG}rect") if each.attrib["class"] == "bar"]
    return float(found.attrib["x"]), float(found.attrib["width"])


def title(span: ET.Element) -> ET.Element:
    return next(each for each in span.iter(f"{SVG}text") if each.attrib["class"] == "title")


def test_bars_stand_where_their_spans_began_and_are_as_long_as_they_took() -> None:
    room = BARS_RIGHT - BARS_LEFT
    bars = [bar(each) for each in drawn(*SPANS)]
    assert bars[0] == pytest.approx((BARS_LEFT, room))
    assert bars[1] == pytest.approx((BARS_LEFT + room / 4, room / 4))
    assert bars[2] == pytest.approx((BARS_LEFT + room * 3 / 8, room / 8), abs=0.01)
    assert bars[3] == pytest.approx((BARS_LEFT + room / 2, BAR_LEAST))


def test_spans_are_indented_by_their_depth_and_say_what_they_note() -> None:
    found = drawn(*SPANS)
    assert [float(title(each).attrib["x"]) for each in found] == [TEXT_X + depth * INDENT for depth in (0, 1, 2, 1)]
    words = [" ".join(text.text or "" for text in each.iter(f"{SVG}text")) for each in found]
    assert "400.0" in words[0]
    assert "http.response.status_code=200" in words[0]
    assert "gen_ai.usage.output_tokens=41 · first_token after 30.5 ms" in words[3]


def test_a_failed_span_is_marked() -> None:
    found = drawn(*SPANS)
    assert [each.attrib["class"] for each in found] == ["span", "span", "span is-refused", "span"]
    assert title(found[2]).text == "search pages \N{MULTIPLICATION SIGN} ERROR search_503"


def test_nothing_lies_outside_the_picture() -> None:
    deep = [RoadSpan("x" * 300, depth, 0.0, 0.0, "UNSET", ("y" * 300,)) for depth in range(60)]
    root = ET.fromstring(draw_waterfall(deep))
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    for each in root.iter(f"{SVG}rect"):
        left, top = float(each.attrib["x"]), float(each.attrib["y"])
        assert 0 <= left <= left + float(each.attrib["width"]) <= width
        assert 0 <= top <= top + float(each.attrib["height"]) <= height
    assert max(float(text.attrib["x"]) for text in root.iter(f"{SVG}text")) <= BARS_RIGHT


def test_page_and_comment_have_the_spans(report: Report, tmp_path: Path) -> None:
    page = write_report(report(road=ROAD), tmp_path).read_text()
    section = page[page.index('<section id="road">') : page.index('<section id="plan">')]
    assert section.count("<svg") == 2
    assert "All spans in full: 4" in section
    assert '<span class="pill bad">ERROR search_503</span>' in section
    assert "<td>gen_ai.usage.output_tokens=41, first_token after 30.5 ms</td>" in section
    comment = (tmp_path / "report.md").read_text()
    assert "Spans of the task: 4, 400.0 ms from the first to the last." in comment
    assert "- **failed**: span search pages, ERROR search" in comment.replace("\\", "")


def test_without_spans_the_road_is_as_it_was(report: Report, tmp_path: Path) -> None:
    page = write_report(report(road=replace(ROAD, spans=())), tmp_path).read_text()
    section = page[page.index('<section id="road">') : page.index('<section id="plan">')]
    assert section.count("<svg") == 1
    assert "What the task did" not in section
    assert "Spans" not in (tmp_path / "report.md").read_text()


def test_names_stay_text_and_hidden_values_hidden(
    report: Report, change: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    entry = change("aws_thing.a", ["update"], None, {"value": "planted-7431"}, after_sensitive={"value": True})
    layer = LayerResult("service", "planned", {"resource_changes": [entry]})
    attack = RoadSpan("<script>planted-7431</script>", 0, 0.0, 1.0, "ERROR planted-7431", ("<b>planted-7431",))
    page = write_report(report(layer, road=replace(ROAD, spans=(attack,))), tmp_path).read_text()
    both = page + (tmp_path / "report.md").read_text()
    assert "planted" not in both
    assert "<script" not in both
    assert "&lt;b&gt;" in page
    assert "<b>" not in page[page.index('<section id="road">') : page.index('<section id="plan">')]
