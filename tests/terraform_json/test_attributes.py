"""Differences of lists whose elements have names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from terraform_json.attributes import AttributeChange, Side, attribute_changes
from terraform_json.redact import Scrubber


def changes(before: Any, after: Any, *, forced: list[list[Any]] | None = None) -> tuple[AttributeChange, ...]:
    sides = (Side.of(before, False, False), Side.of(after, False, False))
    return attribute_changes(*sides, scrub=Scrubber([]), replace_paths=forced or [])


def found(before: Any, after: Any) -> dict[str, tuple[str | None, str | None]]:
    return {line.path: (line.before, line.after) for line in changes(before, after)}


def policy(**actions: str) -> dict[str, str]:
    statements = [{"Sid": sid, "Action": action} for sid, action in actions.items()]
    return {"policy": json.dumps({"Statement": statements})}


def test_a_statement_is_told_by_its_sid_wherever_it_stands() -> None:
    before, after = policy(Read="s3:Get", Write="s3:Put"), policy(New="s3:List", Write="s3:Delete", Read="s3:Get")
    assert found(before, after) == {
        "policy.Statement[Write].Action": ("s3:Put", "s3:Delete"),
        "policy.Statement[New].Action": (None, "s3:List"),
        "policy.Statement[New].Sid": (None, "New"),
    }


def test_a_variable_is_told_by_its_name() -> None:
    before = {"environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}
    after = {"environment": [{"name": "B", "value": "3"}]}
    assert found(before, after) == {
        "environment[A].name": ("A", None),
        "environment[A].value": ("1", None),
        "environment[B].value": ("2", "3"),
    }


def test_a_new_name_is_a_change_of_the_name() -> None:
    assert found({"rule": [{"name": "a", "priority": 1}]}, {"rule": [{"name": "b", "priority": 1}]}) == {
        "rule[0].name": ("a", "b")
    }


@pytest.mark.parametrize("name", [None, 5, "", "x" * 65, ["a"]])
def test_what_is_no_name_is_told_by_its_number(name: Any) -> None:
    before, after = ({"rule": [{"name": name, "priority": priority}]} for priority in (1, 2))
    assert found(before, after) == {"rule[0].priority": ("1", "2")}


def test_a_name_that_stands_there_twice_tells_nothing() -> None:
    before = {"rule": [{"name": "a", "priority": 1}]}
    after = {"rule": [{"name": "a", "priority": 2}, {"name": "a", "priority": 3}]}
    assert set(found(before, after)) == {"rule[0].priority", "rule[a].name", "rule[a].priority"}


def test_a_named_element_forces_a_replacement_whatever_its_number() -> None:
    before, after = ({"rule": [{"name": "a", "priority": priority}], "other": priority} for priority in (1, 2))
    (other, rule) = changes(before, after, forced=[["rule", 3, "priority"]])
    assert (other.forces_replacement, rule.forces_replacement) == (False, True)


def test_a_secret_in_a_name_is_hidden() -> None:
    secret = {"change": {"before": {"w": "hunter2hunter2"}, "before_sensitive": {"w": True}}}
    before, after = ({"rule": [{"name": "hunter2hunter2", "priority": priority}]} for priority in (1, 2))
    sides = (Side.of(before, False, False), Side.of(after, False, False))
    (line,) = attribute_changes(*sides, scrub=Scrubber([{"resource_changes": [secret]}]), replace_paths=[])
    assert line.path == "rule[(sensitive value)].priority"
