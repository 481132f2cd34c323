"""Changes of plans in the terminal: a screenful, and all of them."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from pipeline.planning.planner import LayerPlan
from pipeline.report import LayerResult
from pipeline.report.lines import read_changes
from pipeline.report.screen import MOST_ATTRIBUTES, print_all, print_screenful, screenful

Make = Callable[..., dict[str, Any]]
REST = "sitechat show latest --env dev"


def screen(layers: dict[str, list[dict[str, Any]]], *, lines: int = 40, width: int = 100) -> list[str]:
    plans = [LayerResult(name, "planned", {"resource_changes": entries}) for name, entries in layers.items()]
    found = [text for text, _ in screenful(read_changes(plans), lines=lines, width=width, rest=REST)]
    assert len(found) <= lines
    assert all(len(line) <= width for line in found)
    return found


def added(change: Make, number: int, kind: str = "aws_a") -> list[dict[str, Any]]:
    return [change(f"{kind}.x{index:03}", ["create"], None, {"name": "x"}) for index in range(number)]


def test_a_small_plan_is_shown_whole_by_layer(change: Make) -> None:
    days = change("aws_a.b", ["update"], {"days": 30}, {"days": 90})
    assert screen({"infrastructure": [days], "edge": [], "service": [days]}) == [
        "infrastructure",
        "  ~ aws_a.b",
        "      days: 30 -> 90",
        "service",
        "  ~ aws_a.b",
        "      days: 30 -> 90",
    ]


def test_no_change_is_no_line(change: Make) -> None:
    assert screen({"service": [change("aws_a.b", ["no-op"], {}, {})]}) == []


def test_new_resources_are_named_while_they_fit(change: Make) -> None:
    found = screen({"service": added(change, 9)})
    assert found[1:3] == ["  + aws_a.x000", "  + aws_a.x001"]
    assert found[-1] == f"… every attribute: {REST}"


def test_many_new_resources_are_a_line_a_type(change: Make) -> None:
    layers = {"service": added(change, 30) + added(change, 20, "aws_b"), "edge": added(change, 3)}
    assert screen(layers)[:6] == [
        "service",
        "  + aws_a: 30 resources",
        "  + aws_b: 20 resources",
        "edge",
        "  + aws_a.x000",
        "  + aws_a.x001",
    ]


def test_a_whole_environment_is_a_line_a_layer(change: Make) -> None:
    kinds = [entry for number in range(30) for entry in added(change, 2, f"aws_kind{number:02}")]
    found = screen({f"layer{number}": kinds for number in range(9)})
    assert [line for line in found if line.startswith("layer")] == [f"layer{number}" for number in range(9)]
    assert found[1].startswith("  + 60 resources: aws_kind00 (2), aws_kind01 (2)")


def test_what_destroys_is_shown_before_what_changes_and_the_rest_is_counted(change: Make) -> None:
    changed = [change(f"aws_a.x{number:03}", ["update"], {"a": 1, "b": 1}, {"a": 2, "b": 2}) for number in range(60)]
    gone = change("aws_kms_key.k", ["delete"], {"id": 1}, None)
    forced = change("aws_lb.l", ["delete", "create"], {"name": 1}, {"name": 2}, replace_paths=[["name"]])
    found = screen({"first": changed, "last": [gone, forced]}, lines=20)
    assert "  \N{MINUS SIGN} aws_kms_key.k" in found
    assert "  ± aws_lb.l is replaced, forced by name" in found
    shown = sum(1 for line in found if line.startswith(("  ~", "  \N{MINUS SIGN}", "  ±")))
    assert found[-1] == f"… and {62 - shown} more: {REST}"
    assert 4 < shown < 20


def test_a_resource_with_many_attributes_leaves_room(change: Make) -> None:
    old, new = ({f"a{number:02}": side for number in range(40)} for side in (1, 2))
    found = screen({"service": [change("aws_a.b", ["update"], old, new)]})
    assert found[-2:] == [f"      … {40 - MOST_ATTRIBUTES} more attributes", f"… every attribute: {REST}"]


@pytest.mark.parametrize("lines", range(12, 41))
def test_a_screenful_is_never_more(change: Make, lines: int) -> None:
    many = [change(f"aws_a.x{number}", ["update"], {"a": 1}, {"a": 2}) for number in range(25)]
    screen({"one": many, "two": added(change, 7) + many, "three": added(change, 40)}, lines=lines)


def printed(console_width: int, act: Callable[[Console], None]) -> str:
    text = io.StringIO()
    act(Console(file=text, width=console_width))
    return text.getvalue()


def test_without_a_terminal_lines_are_longer_than_eighty_and_not_broken(change: Make) -> None:
    entry = change("aws_a.b", ["update"], {"name": "a" * 90}, {"name": "b" * 90})
    plan = LayerPlan("service", plan={"resource_changes": [entry]})
    lines = printed(80, lambda console: print_screenful(console, [plan], rest=REST)).splitlines()
    assert lines[:2] == ["service", "  ~ aws_a.b"]
    assert len(lines) == 3
    assert 80 < len(lines[2]) <= 120


def test_a_preview_says_that_it_is_not_applied(change: Make) -> None:
    plan = LayerPlan("service", "waits", plan={"resource_changes": added(change, 1)})
    assert "service (preview, not applied by this bundle)" in printed(
        80, lambda console: print_screenful(console, [plan], rest=REST)
    )


def test_all_of_it_has_every_attribute_of_every_resource_as_it_is(change: Make) -> None:
    markup = change("aws_a.b", ["update"], {"arn": "x"}, {"arn": f"arn:aws:secret:[bold]{'y' * 300}"})
    layers = read_changes([LayerResult("service", "planned", {"resource_changes": [markup, *added(change, 70)]})])
    text = printed(80, lambda console: print_all(console, layers))
    assert f"      arn: x -> arn:aws:secret:[bold]{'y' * 300}\n" in text
    assert text.count("      name: x\n") == 70
    empty = read_changes([LayerResult("edge", "unchanged", {"resource_changes": []})])
    assert printed(80, lambda console: print_all(console, empty)) == "edge: no changes\n"


def test_values_for_later_layers_are_told_where_nothing_else_changes(change: Make) -> None:
    handed = {"cross-stack-output-x": {"actions": ["update"], "before": "1", "after": "2"}}
    plans = [
        LayerResult("first", "planned", {"resource_changes": [], "output_changes": handed}),
        LayerResult("second", "planned", {"resource_changes": added(change, 1), "output_changes": handed}),
    ]
    found = [text for text, _ in screenful(read_changes(plans), lines=40, width=100, rest=REST)]
    assert found[:4] == ["first", "  ~ 1 value that later layers read", "second", "  + aws_a.x000"]
    text = printed(80, lambda console: print_all(console, read_changes(plans)))
    assert text.count("1 value that later layers read") == 2
