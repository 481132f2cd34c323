"""Changes of a plan: which actions count, and their numbers."""

from __future__ import annotations

from typing import Any

import pytest

from terraform_json.plan import (
    Counts,
    count,
    describe_counts,
    does_something,
    existing,
    output_changes,
    unchanged_plan,
)
from terraform_json.redact import Scrubber


def resource(kind: str, *actions: str, mode: str = "managed") -> dict[str, Any]:
    return {"address": f"{kind}.x", "type": kind, "mode": mode, "change": {"actions": list(actions)}}


def test_each_kind_of_change_is_counted() -> None:
    plan = {
        "resource_changes": [
            resource("aws_vpc", "create"),
            resource("aws_subnet", "update"),
            resource("aws_lb", "delete", "create"),
            resource("aws_lb", "create", "delete"),
            resource("aws_lb", "create", "forget"),
            resource("aws_eip", "delete"),
            resource("aws_kms_key", "no-op"),
            resource("aws_iam_policy_document", "read", mode="data"),
        ],
        "output_changes": {"a": {"actions": ["update"]}, "b": {"actions": ["no-op"]}},
    }
    assert count(plan) == Counts(add=1, change=1, replace=3, destroy=1, outputs=1)
    assert count(plan).resources == 6


def test_an_empty_plan_changes_nothing_and_an_output_alone_is_a_change() -> None:
    assert not count({}).any
    assert Counts(outputs=1).any


@pytest.mark.parametrize(
    ("actions", "changes"),
    [
        (["no-op"], False),
        (["read"], False),
        ([], False),
        (["create"], True),
        (["update"], True),
        (["delete", "create"], True),
        (["forget"], True),
        (["unknown"], True),
    ],
)
def test_no_op_and_read_alone_change_nothing(actions: list[str], changes: bool) -> None:
    assert does_something(actions) is changes


def test_an_output_whose_action_is_not_told_counts_as_changed() -> None:
    assert [name for name, _ in output_changes({"output_changes": {"a": {}, "b": {"actions": ["no-op"]}}})] == ["a"]


def test_what_exists_is_managed_and_was_there_before() -> None:
    here = resource("aws_vpc", "no-op") | {"change": {"actions": ["no-op"], "before": {}}}
    new = resource("aws_eip", "create") | {"change": {"actions": ["create"], "before": None}}
    read = resource("aws_region", "read", mode="data") | {"change": {"actions": ["read"], "before": {}}}
    assert existing({"resource_changes": [here, new, read]}) == ["aws_vpc.x"]


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (Counts(), "no changes"),
        (Counts(outputs=2), "only outputs change"),
        (Counts(add=2, destroy=1, outputs=2), "2 to add, 1 to destroy"),
        (Counts(change=1, replace=3), "1 to change, 3 to replace"),
    ],
)
def test_counts_in_words(counts: Counts, words: str) -> None:
    assert describe_counts(counts) == words


def test_a_plan_without_changes_knows_what_exists_and_every_output() -> None:
    state = {
        "resources": [
            {"mode": "managed", "type": "aws_vpc", "name": "net", "instances": [{}]},
            {"mode": "data", "type": "aws_region", "name": "here", "instances": [{}]},
        ],
        "outputs": {"vpc": {"value": "vpc-1", "type": "string"}, "key": {"value": "k", "sensitive": True}},
    }
    plan = unchanged_plan(state)
    assert not count(plan).any
    assert existing(plan) == ["aws_vpc.net"]
    assert plan["planned_values"]["outputs"] == {
        "vpc": {"sensitive": False, "type": "string", "value": "vpc-1"},
        "key": {"sensitive": True, "type": None, "value": "k"},
    }


def test_a_plan_without_changes_hides_what_the_state_calls_sensitive() -> None:
    path = [{"type": "get_attr", "value": "settings"}, {"type": "index", "value": {"value": 0, "type": "number"}}]
    instances = [
        {"index_key": "a", "attributes": {"id": "1", "settings": ["hidden-value"]}, "sensitive_attributes": [path]},
        {"index_key": 1, "attributes": {"id": "2"}},
        {"deposed": "8bd2", "attributes": {"id": "3"}},
    ]
    resource = {"module": "module.x", "mode": "managed", "type": "aws_vpc", "name": "net", "instances": instances}
    plan = unchanged_plan({"resources": [resource]})
    assert existing(plan) == ['module.x.aws_vpc.net["a"]', "module.x.aws_vpc.net[1]"]
    assert "hidden-value" not in Scrubber([plan])("a hidden-value elsewhere")
