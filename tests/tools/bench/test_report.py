"""Tables, JSON and plot of the results, and how they are written."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tools.bench.plot import plot_svg
from tools.bench.report import BEGIN, END, results_markdown, write_into, write_results_json
from tools.bench.results import Figure, Row, Target

MEASURED = Row("fast synth", 3, Figure(1.5, 1.25, 2.0), Figure(1.4, 1.2, 1.9), Figure(250.4, 250.0, 251.0), None)
MISSING = Row("sitechat scan", 0, None, None, None, "sitechat isn't installed")
TARGETS = [
    Target("time", 0.125, "", 0.1),
    Target("each resource", 2.0, "ms", 2.5),
    Target("suite", 60, "s", 61, "two minutes of CPU"),
    Target("scan", 0.2, "", None),
]


def test_the_tables_name_the_command_and_say_what_was_not_measured_or_reached() -> None:
    lines = results_markdown("python -m tools.bench", "2 cores", [MEASURED, MISSING], TARGETS).splitlines()
    assert lines[0] == "Printed by `python -m tools.bench` on 2 cores."
    assert "| fast synth | 3 | 1.50 | 1.25 to 2.00 | 1.40 | 250 |" in lines
    assert "| sitechat scan | 0 | not measured: sitechat isn't installed | | | |" in lines
    assert "| time | 0.125 | 0.1 | reached |" in lines
    assert "| each resource | 2 ms | 2.5 ms | NOT reached |" in lines
    assert "| suite | 60 s | 61 s | NOT reached: two minutes of CPU |" in lines
    assert "| scan | 0.2 | - | not measured |" in lines


def test_json_has_every_figure_and_verdict(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    write_results_json(path, "2 cores", [MEASURED, MISSING], TARGETS)
    data = json.loads(path.read_text())
    assert data["cases"][0]["seconds"] == {"median": 1.5, "low": 1.25, "high": 2.0}
    assert [target["reached"] for target in data["targets"]] == [True, False, False, None]


def test_only_what_stands_between_the_marks_is_replaced(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write_into(document, "new\n")
    assert document.read_text() == f"before\n{BEGIN}\nnew\n{END}\nafter\n"


def test_a_document_without_marks_is_left_alone(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text("text\n")
    with pytest.raises(ValueError, match=r"performance\.md lacks the marks"):
        write_into(document, "new\n")
    assert document.read_text() == "text\n"


def test_the_plot_has_a_bar_and_a_spread_for_each_figure_and_escapes_labels() -> None:
    document = ElementTree.fromstring(
        plot_svg([("Time", "s", [("a & b", Figure(2, 1, 4)), ("c", Figure(1, 1, 1))]), ("Empty", "s", [])])
    )
    space = "{http://www.w3.org/2000/svg}"
    background, *bars = document.iter(f"{space}rect")
    assert background.attrib["fill"] == "white"
    assert float(bars[0].attrib["width"]) == pytest.approx(2 * float(bars[1].attrib["width"]), rel=0.01)
    assert len(list(document.iter(f"{space}line"))) == 2
    texts = [text.text for text in document.iter(f"{space}text")]
    assert "a & b" in texts
    assert "Empty" not in texts


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0123, "0.0123 s"), (12.345, "12.3 s"), (123.4, "123 s"), (1172, "1172 s")]
)
def test_the_plot_writes_values_as_people_do(value: float, shown: str) -> None:
    document = ElementTree.fromstring(plot_svg([("Time", "s", [("a", Figure(value, value, value))])]))
    assert shown in [text.text for text in document.iter("{http://www.w3.org/2000/svg}text")]
