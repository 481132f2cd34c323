"""Attribute-level differences and their order."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pipeline.report import LayerResult
from pipeline.report.changes import Change, action_totals, changes_of
from terraform_json.redact import SENSITIVE, UNKNOWN, Scrubber

Entry = Callable[..., dict[str, Any]]


def read(*entries: dict[str, Any]) -> tuple[Change, ...]:
    plan = {"resource_changes": list(entries)}
    return changes_of(LayerResult("service", "planned", plan), Scrubber([plan]))


def lines(entry: dict[str, Any]) -> dict[str, tuple[str | None, str | None]]:
    return {line.path: (line.before, line.after) for line in read(entry)[0].attributes}


def test_destroyed_and_replaced_come_first(change: Entry) -> None:
    found = read(
        change("aws_a.added", ["create"], None, {}),
        change("aws_a.changed", ["update"], {}, {"x": "1"}),
        change("aws_a.same", ["no-op"], {}, {}),
        change("aws_a.replaced", ["create", "delete"], {}, {}),
        change("aws_a.gone", ["delete"], {}, None),
        {**change("data.aws_a.read", ["read"], None, {}), "mode": "data"},
    )
    assert [item.action for item in found] == ["destroy", "replace", "change", "add"]
    assert action_totals(found) == {"destroy": 1, "replace": 1, "forget": 0, "change": 1, "add": 1}


def test_only_what_differs_is_listed(change: Entry) -> None:
    before = {"name": "a", "size": 1, "tags": {"A": "1", "B": "2"}, "none": None}
    after = {"name": "a", "size": 2, "tags": {"A": "1", "B": "3"}, "none": ""}
    assert lines(change("aws_a.b", ["update"], before, after)) == {"size": ("1", "2"), "tags.B": ("2", "3")}


def test_json_text_is_compared_key_by_key(change: Entry) -> None:
    before = {"policy": json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:Get"}]})}
    after = {"policy": json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:Put"}]}, indent=2)}
    assert lines(change("aws_a.b", ["update"], before, after)) == {"policy.Statement[0].Action": ("s3:Get", "s3:Put")}


def test_an_element_put_in_front_is_one_line(change: Entry) -> None:
    entry = change("aws_a.b", ["update"], {"cidrs": ["b", "c"]}, {"cidrs": ["a", "b", "c"]})
    assert lines(entry) == {"cidrs[0]": (None, "a")}


def test_unknown_values_are_named_as_such(change: Entry) -> None:
    entry = change(
        "aws_a.b",
        ["update"],
        {"arn": "x", "block": [{"id": "1", "size": 1}]},
        {"block": [{"size": 1}]},
        after_unknown={"arn": True, "block": [{"id": True}]},
    )
    assert lines(entry) == {"arn": ("x", UNKNOWN), "block[0].id": ("1", UNKNOWN)}


def test_values_known_later_are_set_apart_for_a_new_resource(change: Entry) -> None:
    after = {"name": "n", "tags": {"A": "1"}, "tags_all": {"A": "1"}}
    (found,) = read(change("aws_a.b", ["create"], None, after, after_unknown={"arn": True, "tags": {}}))
    assert [line.path for line in found.attributes] == ["name", "tags.A"]
    assert found.later == ("arn",)


def test_what_forces_a_replacement_is_marked(change: Entry) -> None:
    entry = change(
        "aws_a.b",
        ["delete", "create"],
        {"vpc": "1", "name": "a", "rule": [{"port": 1}]},
        {"vpc": "2", "name": "b", "rule": [{"port": 2}]},
        replace_paths=[["vpc"], ["rule", 0, "port"]],
    )
    assert {line.path: line.forces_replacement for line in read(entry)[0].attributes} == {
        "vpc": True,
        "name": False,
        "rule[0].port": True,
    }


def test_a_sensitive_change_shows_that_it_changes(change: Entry) -> None:
    sensitive = {"before_sensitive": {"v": True}, "after_sensitive": {"v": True}}
    assert lines(change("aws_a.b", ["update"], {"v": "one"}, {"v": "two"}, **sensitive)) == {
        "v": (SENSITIVE, SENSITIVE)
    }
    assert lines(change("aws_a.b", ["update"], {"v": "one"}, {"v": "one"}, **sensitive)) == {}


def test_a_long_value_is_folded(change: Entry) -> None:
    (found,) = read(change("aws_a.b", ["update"], {"v": "a", "w": "a"}, {"v": "x" * 500, "w": "b"}))
    assert {line.path: line.long for line in found.attributes} == {"v": True, "w": False}


def test_instance_keys_belong_to_the_declared_resource(change: Entry) -> None:
    (found,) = read(change('aws_a.b["k"]', ["create"], None, {}))
    assert found.declared == "aws_a.b"
