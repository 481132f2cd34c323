"""The spans of a traced request as a picture: one row a span, indented by its depth, and its time as a bar.

A bar stands where its span began and is as long as it took, so that what went on at once stands beside each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from pipeline.report.kept_road import RoadSpan
from pipeline.report.layout import WIDTH, Box
from pipeline.report.road import BARS_LEFT, BARS_RIGHT, TIME_RIGHT, bar_of
from pipeline.report.svg import draw_rect, draw_text

TOP, ROW = 34.0, 36.0
TEXT_X, INDENT = 96.0, 18.0
# Deeper spans stand no further to the right: their texts need room.
_MOST_DEPTH = 12
_FAILED = "\N{MULTIPLICATION SIGN}"
# As for the titles of hops in road.py.
_WIDE = 15.2


def draw_waterfall(spans: Sequence[RoadSpan]) -> str:
    """The SVG text of at least one span."""
    height = TOP + len(spans) * ROW + 6
    attributes = {
        "xmlns": "http://www.w3.org/2000/svg",
        "class": "picture road",
        "role": "img",
        "viewBox": f"0 0 {WIDTH} {height:g}",
        "aria-label": f"The spans of the request, in number {len(spans)}",
    }
    root = ET.Element("svg", attributes)
    whole = max(each.start_ms + each.ms for each in spans)
    for words, x, style in (
        ("ms", TIME_RIGHT, "column end"),
        ("span, and what it notes", TEXT_X, "column"),
        ("0 ms", BARS_LEFT, "column"),
        (f"{whole:.1f} ms", BARS_RIGHT, "column end"),
    ):
        draw_text(root, x, TOP - 14, words, style, 400)
    for number, each in enumerate(spans):
        _span(root, each, TOP + number * ROW, bar_of(each.start_ms, each.start_ms + each.ms, whole))
    return ET.tostring(root, encoding="unicode")


def _span(root: ET.Element, span: RoadSpan, y: float, bar: tuple[float, float]) -> None:
    group = ET.SubElement(root, "g", {"class": "span is-refused" if span.failed else "span"})
    notes = "\n".join([span.status, *span.notes])
    ET.SubElement(group, "title").text = f"{span.ms:.1f} ms {span.name}\n{notes}"
    middle = y + ROW / 2
    draw_text(group, TIME_RIGHT, middle + 4, f"{span.ms:.1f}", "end", TIME_RIGHT)
    x = TEXT_X + min(span.depth, _MOST_DEPTH) * INDENT
    room = BARS_LEFT - x - 24
    # Not by colour alone, as for hops.
    words = f"{span.name} {_FAILED} {span.status}" if span.failed else span.name
    draw_text(group, x, middle - 2, words, "title", room, _WIDE)
    draw_text(group, x, middle + 12, " · ".join(span.notes), "small", room, 10.5)
    left, width = bar
    draw_rect(group, Box(round(left, 2), middle - 6, round(width, 2), 12), "bar", 2)
