"""No sensitive value of a plan, wherever it is, gets into the page or the comment."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.report import LayerResult, ReportInput, write_report
from pipeline.report.changes import changes_of
from terraform_json.redact import SENSITIVE, Scrubber

Report = Callable[..., ReportInput]
Change = Callable[..., dict[str, Any]]
MARK = "planted-marker-7431"

# (before, after, further fields of the change)
PLACES: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "attribute": (None, {"value": MARK}, {"after_sensitive": {"value": True}}),
    "before only": ({"value": MARK}, {"value": "public"}, {"before_sensitive": {"value": True}}),
    "sensitive before, shown after": ({"v": MARK}, {"v": MARK + "2"}, {"before_sensitive": {"v": True}}),
    "whole resource": (None, {"a": {"b": MARK}}, {"after_sensitive": True}),
    "whole block": (None, {"a": [{"b": MARK}]}, {"after_sensitive": {"a": True}}),
    "nested": (None, {"a": [{"b": "x"}, {"b": MARK}]}, {"after_sensitive": {"a": [{}, {"b": True}]}}),
    "mask shorter than the list": (None, {"a": ["x", MARK]}, {"after_sensitive": {"a": [True]}}),
    "mask of another shape": (None, {"a": {"b": MARK}}, {"after_sensitive": {"a": [True]}}),
    "mask deeper than the value": (None, {"a": MARK}, {"after_sensitive": {"a": {"b": True}}}),
    "beside unknown": (
        None,
        {"a": [{"b": MARK}]},
        {"after_sensitive": {"a": [{"b": True}]}, "after_unknown": {"a": [{"c": True}]}},
    ),
    "unknown after": (
        {"a": MARK},
        {},
        {"before_sensitive": {"a": True}, "after_sensitive": {}, "after_unknown": {"a": True}},
    ),
    "unknown block after": (
        {"a": [{"b": MARK}]},
        {},
        {"before_sensitive": {"a": [{"b": True}]}, "after_unknown": {"a": True}},
    ),
    "block becomes text": (
        {"a": [{"b": MARK}]},
        {"a": "text"},
        {"before_sensitive": {"a": [{"b": True}]}, "after_sensitive": {}},
    ),
    "list becomes object": (
        {"a": [{"b": MARK, "c": "d"}]},
        {"a": {"b": "x"}},
        {"before_sensitive": {"a": [{"b": True}]}},
    ),
    "sensitive JSON text": (None, {"a": json.dumps({"k": MARK})}, {"after_sensitive": {"a": True}}),
    "secret by name": (None, {"secret_string": MARK, "password": MARK}, {}),
    "secret by name inside JSON": (None, {"a": json.dumps({"master_password": MARK})}, {}),
    "container variable": (
        {"container_definitions": "[]"},
        {"container_definitions": json.dumps([{"environment": [{"name": "API_KEY", "value": MARK}]}])},
        {},
    ),
    "function variable": (None, {"environment": [{"variables": {"DB_PASSWORD": MARK}}]}, {}),
    "origin header": (None, {"origin": [{"custom_header": [{"name": "X-Verify", "value": MARK}]}]}, {}),
    "listener header": (None, {"condition": [{"http_header": [{"http_header_name": "X", "values": [MARK]}]}]}, {}),
}


@pytest.mark.parametrize("actions", [["create"], ["update"], ["delete"], ["delete", "create"], ["no-op"]])
@pytest.mark.parametrize("place", PLACES)
def test_a_planted_value_is_never_written(
    report: Report, change: Change, tmp_path: Path, place: str, actions: list[str]
) -> None:
    before, after, more = PLACES[place]
    if actions == ["delete"]:
        before, after = before or after, None
        more = {"before_sensitive": more.get("before_sensitive") or more.get("after_sensitive", {})}
    entry = change("aws_thing.secretive", actions, before, after, **more)
    page = write_report(report(LayerResult("service", "planned", {"resource_changes": [entry]})), tmp_path)
    for file in (page, tmp_path / "report.md"):
        text = file.read_text()
        assert MARK not in text
        assert ("secretive" in text) == (actions != ["no-op"])


@pytest.mark.parametrize("place", PLACES)
def test_the_diff_alone_hides_it(change: Change, place: str) -> None:
    """The diff hides values itself, without the scrubber, which would hide them later."""
    before, after, more = PLACES[place]
    plan = {"resource_changes": [change("aws_thing.secretive", ["update"], before, after, **more)]}
    (found,) = changes_of(LayerResult("service", "planned", plan), Scrubber([]))
    assert found.attributes
    assert MARK not in repr(found)


def test_a_secret_is_hidden_where_another_value_repeats_it(report: Report, change: Change, tmp_path: Path) -> None:
    plan = {
        "resource_changes": [
            change("aws_a.one", ["no-op"], {"v": MARK}, {"v": MARK}, after_sensitive={"v": True}),
            change("aws_b.two", ["update"], {"url": "x"}, {"url": f"https://user:{MARK}@host"}),
        ]
    }
    layers = (LayerResult("service", "applied", plan, {"copy": {"value": [MARK], "sensitive": False}}),)
    page = write_report(report(*layers), tmp_path)
    for file in (page, tmp_path / "report.md"):
        assert MARK not in file.read_text()
        assert "https" in file.read_text()


@pytest.mark.parametrize(
    "output",
    [
        {"value": MARK, "sensitive": True},
        {"value": MARK},
        MARK,
        {"value": {"password": MARK}, "sensitive": False},
        {"value": json.dumps({"password": MARK}), "sensitive": False},
    ],
)
def test_only_outputs_declared_not_sensitive_are_shown(report: Report, tmp_path: Path, output: Any) -> None:
    outputs = {"odd": output, "plain": {"value": "visible-value", "sensitive": False}}
    text = write_report(report(LayerResult("service", "applied", None, outputs)), tmp_path).read_text()
    assert MARK not in text
    assert "visible-value" in text


def test_short_secrets_do_not_blank_out_ordinary_text() -> None:
    change = {"after": {"a": "true", "b": "long-enough"}, "after_sensitive": {"a": True, "b": True}}
    scrub = Scrubber([{"resource_changes": [{"change": change}]}])
    assert scrub("true and long-enough") == f"true and {SENSITIVE}"
