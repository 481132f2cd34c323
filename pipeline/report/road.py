"""The road of a request as a picture: one row a hop, with what decided there, and the time as bars.

A bar reaches from the hop before to this one, so the long ones are where the time went.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from xml.etree import ElementTree as ET

from pipeline.report.kept_road import RoadStep
from pipeline.report.layout import WIDTH, Box
from pipeline.report.svg import draw_rect, draw_text

TOP, ROW = 34.0, 44.0
TIME_RIGHT, LANE_X, TEXT_X = 76.0, 104.0, 136.0
BARS_LEFT, BARS_RIGHT = 880.0, 1180.0
# A bar of no time is still seen.
BAR_LEAST = 2.0
_MARK = 28.0
_REFUSED = "\N{MULTIPLICATION SIGN}"
# Size that titles are cut by: bold letters of some fonts are a sixth wider than those that `draw_text` counts with.
_WIDE = 15.2
# Mark and hue by hop, those of the architecture's cards where one stands for it; others are grey.
HOPS = {
    "cloudfront": ("CF", "violet"),
    "waf": ("WAF", "red"),
    "VPC origin": ("VO", "violet"),
    "bucket": ("S3", "green"),
    "network": ("NET", "blue"),
    "load balancer": ("LB", "violet"),
    "target": ("TG", "orange"),
    "identity": ("IAM", "red"),
    "search": ("OS", "violet"),
    "guardrail": ("GR", "green"),
    "model": ("BR", "green"),
}


def draw_road(steps: Sequence[RoadStep]) -> str:
    """The SVG text of a road with at least one step."""
    height = TOP + len(steps) * ROW + 6
    attributes = {
        "xmlns": "http://www.w3.org/2000/svg",
        "class": "picture road",
        "role": "img",
        "viewBox": f"0 0 {WIDTH} {height:g}",
        "aria-label": f"The road of a request: {len(steps)} hops",
    }
    root = ET.Element("svg", attributes)
    ends = list(accumulate((step.ms for step in steps), max))
    for words, x, style in (
        ("ms", TIME_RIGHT, "column end"),
        ("hop, and what decided there", TEXT_X, "column"),
        ("0 ms", BARS_LEFT, "column"),
        (f"{ends[-1]:.1f} ms", BARS_RIGHT, "column end"),
    ):
        draw_text(root, x, TOP - 14, words, style, 400)
    first, last = TOP + ROW / 2, TOP + (len(steps) - 0.5) * ROW
    ET.SubElement(root, "path", {"class": "lane", "d": f"M{LANE_X:g} {first:g}V{last:g}"})
    for number, (step, began, ended) in enumerate(zip(steps, [0.0, *ends], ends, strict=False)):
        _hop(root, step, TOP + number * ROW, bar_of(began, ended, ends[-1]))
    return ET.tostring(root, encoding="unicode")


def bar_of(began: float, ended: float, whole: float) -> tuple[float, float]:
    """Left edge and width of the bar for a part of the whole time; it stays inside the column."""
    room = BARS_RIGHT - BARS_LEFT
    scale = room / whole if whole > 0 else 0.0
    width = max((ended - began) * scale, BAR_LEAST)
    return min(BARS_LEFT + began * scale, BARS_RIGHT - width), width


def _hop(root: ET.Element, step: RoadStep, y: float, bar: tuple[float, float]) -> None:
    group = ET.SubElement(root, "g", {"class": "hop is-refused" if step.refused else "hop"})
    ET.SubElement(group, "title").text = f"{step.ms:.1f} ms {step.hop}\n{step.decided}\n{step.did}"
    middle = y + ROW / 2
    draw_text(group, TIME_RIGHT, middle + 4, f"{step.ms:.1f}", "end", TIME_RIGHT)
    mark, hue = HOPS.get(step.hop, ("", "gray"))
    draw_rect(group, Box(LANE_X - _MARK / 2, middle - _MARK / 2, _MARK, _MARK), f"icon {hue}", 7)
    draw_text(group, LANE_X, middle + 3.5, mark, "mark middle", _MARK + 6)
    room = BARS_LEFT - TEXT_X - 24
    # Not by colour alone, which neither every eye nor every printer tells apart.
    words = f"{step.hop} {_REFUSED} {step.did}" if step.refused else f"{step.hop}: {step.did}"
    draw_text(group, TEXT_X, middle - 3, words, "title", room, _WIDE)
    draw_text(group, TEXT_X, middle + 13, step.decided, "small", room, 10.5)
    left, width = bar
    draw_rect(group, Box(round(left, 2), middle - 6, round(width, 2), 12), "bar", 2)
