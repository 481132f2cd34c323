"""The road of a request in the report: drawn to scale, listed in full, absent without one."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from pipeline.report import LayerResult, ReportInput, write_report
from pipeline.report.kept_road import KeptRoad, RoadStep
from pipeline.report.layout import WIDTH
from pipeline.report.road import BAR_LEAST, BARS_LEFT, BARS_RIGHT, bar_of, draw_road

Report = Callable[..., ReportInput]
SVG = "{http://www.w3.org/2000/svg}"
STEPS = (
    RoadStep("cloudfront", "distribution E1", "behaviour /api/*: to service", 0.0),
    RoadStep("waf", "web ACL site", "7 rules let it pass", 10.0),
    RoadStep("load balancer", "HTTP listener 80, default rule", "forward", 20.0),
    RoadStep("target", "10.0.1.4:8080", "answered 200 over HTTPS", 100.0),
)
REFUSED = RoadStep("identity", "policy of role task", "refused bedrock:InvokeModel", 120.0, refused=True)


def road(*steps: RoadStep, status: int = 200, ended: str = "done") -> KeptRoad:
    return KeptRoad("2026-01-02T03:04:05Z", status, ended, steps)


def drawn(*steps: RoadStep) -> list[ET.Element]:
    """The hops of a drawn road."""
    return [each for each in ET.fromstring(draw_road(steps)).iter(f"{SVG}g") if "hop" in each.attrib["class"]]


def bar(hop: ET.Element) -> tuple[float, float]:
    (found,) = [each for each in hop.iter(f"{SVG}rect") if each.attrib["class"] == "bar"]
    return float(found.attrib["x"]), float(found.attrib["width"])


def test_hops_stand_in_their_order_with_what_decided_there() -> None:
    hops = drawn(*STEPS)
    words = [" ".join(text.text or "" for text in hop.iter(f"{SVG}text")) for hop in hops]
    assert [hop.find(f"{SVG}title") is not None for hop in hops] == [True] * 4
    for shown, step in zip(words, STEPS, strict=True):
        assert step.decided in shown
        assert f"{step.hop}: {step.did}" in shown
        assert f"{step.ms:.1f}" in shown
    rows = [min(float(text.attrib["y"]) for text in hop.iter(f"{SVG}text")) for hop in hops]
    assert rows == sorted(set(rows))


def test_bars_follow_one_another_to_scale() -> None:
    bars = [bar(hop) for hop in drawn(*STEPS)]
    room = BARS_RIGHT - BARS_LEFT
    assert bars[0] == (BARS_LEFT, BAR_LEAST)
    assert bars[1] == pytest.approx((BARS_LEFT, room / 10))
    assert bars[2] == pytest.approx((BARS_LEFT + room / 10, room / 10))
    assert bars[3] == pytest.approx((BARS_LEFT + room / 5, room * 4 / 5))


@pytest.mark.parametrize("times", [(0.0,), (0.0, 0.0), (5.0, 3.0, 5.0), (0.01, 900.0)])
def test_every_bar_is_seen_and_stays_inside(times: tuple[float, ...]) -> None:
    for left, width in map(bar, drawn(*(RoadStep("waf", "a", "b", ms) for ms in times))):
        assert width >= BAR_LEAST
        assert left >= BARS_LEFT
        assert left + width <= BARS_RIGHT + 0.02


def test_a_bar_without_any_time_has_its_least_width() -> None:
    assert bar_of(0, 0, 0) == (BARS_LEFT, BAR_LEAST)


def test_nothing_lies_outside_the_picture_and_texts_leave_room_for_the_bars() -> None:
    long = RoadStep("network", "sgr-0123456789 of sg-0123456789, " * 20, "let x through " * 40, 7.0)
    root = ET.fromstring(draw_road([*STEPS, long]))
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    assert width == WIDTH
    for each in root.iter(f"{SVG}rect"):
        box = {name: float(each.attrib[name]) for name in ("x", "y", "width", "height")}
        assert 0 <= box["x"] <= box["x"] + box["width"] <= width
        assert 0 <= box["y"] <= box["y"] + box["height"] <= height
    shown = [text.text or "" for text in drawn(long)[0].iter(f"{SVG}text")]
    assert sum(text.endswith("…") for text in shown) == 2


def test_a_refused_hop_is_marked(report: Report, tmp_path: Path) -> None:
    hops = drawn(STEPS[0], REFUSED)
    assert [hop.attrib["class"] for hop in hops] == ["hop", "hop is-refused"]
    shown = [text.text for text in hops[1].iter(f"{SVG}text")]
    assert "identity \N{MULTIPLICATION SIGN} refused bedrock:InvokeModel" in shown
    page = write_report(report(road=road(STEPS[0], REFUSED, ended="error")), tmp_path).read_text()
    assert 'identity <span class="pill bad">refused</span>' in page
    assert '<span class="pill bad">200, ended with error</span>' in page
    comment = (tmp_path / "report.md").read_text()
    assert "- **refused** at identity: refused bedrock:InvokeModel (policy of role task)" in comment
    assert "2 hops in 120.0 ms" in comment


def test_the_page_has_the_section_and_the_whole_table(report: Report, tmp_path: Path) -> None:
    page = write_report(report(road=road(*STEPS)), tmp_path).read_text()
    section = page[page.index('<section id="road">') : page.index('<section id="plan">')]
    assert '<a href="#road">' in page
    assert '<span class="pill good">200, ended with done</span>' in section
    svg = re.search(r"<svg.*</svg>", section, re.DOTALL)
    assert svg is not None
    assert ET.fromstring(svg[0]).attrib["role"] == "img"
    for step in STEPS:
        cells = f"<td>{escape(step.decided)}</td><td>{escape(step.did)}</td>"
        assert cells in section
    assert "The road of a request: 200, ended with done" in (tmp_path / "report.md").read_text()


@pytest.mark.parametrize("given", [None, road()])
def test_without_a_road_there_is_no_section(report: Report, tmp_path: Path, given: KeptRoad | None) -> None:
    page = write_report(report(road=given), tmp_path).read_text()
    assert "road" not in page[page.index("<body>") :].lower()
    assert "road" not in (tmp_path / "report.md").read_text()


def test_names_on_the_road_stay_text(report: Report, tmp_path: Path) -> None:
    attack = RoadStep("<script>x</script>", "<b>@someone", "|[a](https://example.com)", 1.0, refused=True)
    page = write_report(report(road=road(attack, ended="<u>")), tmp_path).read_text()
    comment = (tmp_path / "report.md").read_text()
    for text in (page, comment):
        assert "<script" not in text
        assert "<b>@" not in text
        assert "<u>" not in text
    assert "@someone" not in comment
    assert "https://" not in comment


def test_a_value_that_a_plan_hides_is_hidden_on_the_road_too(
    report: Report, change: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    entry = change("aws_thing.a", ["update"], None, {"value": "planted-7431"}, after_sensitive={"value": True})
    layer = LayerResult("service", "planned", {"resource_changes": [entry]})
    steps = (RoadStep("target", "by planted-7431", "did planted-7431", 1.0, refused=True),)
    page = write_report(report(layer, road=road(*steps)), tmp_path)
    assert "planted" not in page.read_text() + (tmp_path / "report.md").read_text()
