from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tools.next.compare import ABSENT, ANYTHING, Difference, differences, leaves, read, unexpected, without_suffixes


def found(before: Any, after: Any) -> list[Difference]:
    return list(differences(before, after))


def test_equal_syntheses_have_none() -> None:
    assert found({"a": [1, {"b": "c"}]}, {"a": [1, {"b": "c"}]}) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 2}}, Difference("a/b", 1, 2)),
        ({"a": {}}, {"a": {"b": None}}, Difference("a/b", ABSENT, None)),
        ({"a": {"b": 1}}, {"a": {}}, Difference("a/b", 1, ABSENT)),
        ({"a": [1, 2]}, {"a": [1, 3]}, Difference("a/1", 2, 3)),
        ({"a": [1]}, {"a": [1, 2]}, Difference("a", [1], [1, 2])),
        ({"a": True}, {"a": 1}, Difference("a", True, 1)),
        ({"a": "1"}, {"a": 1}, Difference("a", "1", 1)),
        ({"a": {}}, {"a": []}, Difference("a", {}, [])),
    ],
)
def test_a_difference_is_told_where_it_is(before: Any, after: Any, expected: Difference) -> None:
    assert found(before, after) == [expected]


def test_names_of_constructs_are_compared_as_in_the_code() -> None:
    reference = {"role_1D9092AF": {"arn": "${aws_iam_role.role_1D9092AF.arn}", "name": "a_12345678b"}}
    assert without_suffixes([reference]) == [{"role": {"arn": "${aws_iam_role.role.arn}", "name": "a_12345678b"}}]


CHANGED, ADDED = Difference("a", 1, 2), Difference("b", ABSENT, 3)


def test_listed_differences_are_expected() -> None:
    assert unexpected([CHANGED, ADDED], {"a": (1, 2), "b": (ABSENT, 3)}) == []
    assert unexpected([CHANGED], {"a": (ANYTHING, 2)}) == []


def test_what_is_not_listed_is_told() -> None:
    assert unexpected([CHANGED, ADDED], {"a": (1, 2)}) == ["not listed: b: absent -> 3"]


@pytest.mark.parametrize("listed", [(1, 3), (0, 2), (ABSENT, 2), (1, ABSENT), (1, "2"), (1, True)])
def test_another_value_than_listed_is_told(listed: tuple[Any, Any]) -> None:
    (line,) = unexpected([CHANGED], {"a": listed})
    assert line.startswith("otherwise than listed: a: 1 -> 2; expected ")


def test_anything_is_something() -> None:
    assert len(unexpected([ADDED], {"b": (ANYTHING, 3)})) == 1


def test_a_listed_difference_that_is_not_there_is_told() -> None:
    assert unexpected([], {"a": (1, 2)}) == ["listed, and there is no such difference: a"]


def test_long_values_are_cut() -> None:
    (line,) = unexpected([Difference("a", ABSENT, "x" * 1000)], {})
    assert line.endswith("...")
    assert len(line) < 250


def test_values_are_counted_inside() -> None:
    assert leaves({"a": [1, {"b": 2, "c": []}], "d": None}) == 3


def test_a_synthesis_is_read_with_its_manifest(tmp_path: Path) -> None:
    layer = tmp_path / "stacks" / "dns" / "cdk.tf.json"
    layer.parent.mkdir(parents=True)
    layer.write_text('{"terraform": {}}')
    manifest = {"version": "0.21.0", "stacks": {"dns": {"synthesizedStackPath": "stacks/dns/cdk.tf.json"}}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert read(tmp_path) == {"manifest": manifest, "dns": {"terraform": {}}}
