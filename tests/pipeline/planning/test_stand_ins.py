"""Placeholders are replaced by the real value of the same output."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.planning.stand_ins import StandIns

KEY, REAL = "arn:aws:kms:us-east-1:1:key/00000000-0000-4000-8000-0000abcd1234", "arn:aws:kms:us-east-1:1:key/7f1e"
PLACEHOLDERS = {"first": {"vpc": "vpc-0000000001234", "key": KEY, "longer": f"{KEY}/alias", "port": 443, "v": "1"}}
NOW = {"first": {"vpc": "vpc-9f", "key": REAL, "longer": f"{REAL}/other", "port": 8080, "v": "7", "unread": "x" * 9}}
SWAP = StandIns.between(PLACEHOLDERS, NOW)


@pytest.mark.parametrize(
    ("previewed", "real"),
    [
        ("vpc-0000000001234", "vpc-9f"),
        (f"{KEY}/*", f"{REAL}/*"),
        (f"{KEY}/alias {KEY}", f"{REAL}/other {REAL}"),
        ({"a": [KEY, {"b": "of vpc-0000000001234"}]}, {"a": [REAL, {"b": "of vpc-9f"}]}),
        ({KEY: 1}, {REAL: 1}),
        (f'{{"Resource":"{KEY}"}}', f'{{"Resource":"{REAL}"}}'),
    ],
)
def test_placeholders_are_replaced_wherever_they_stand(previewed: Any, real: Any) -> None:
    assert SWAP(previewed) == real


@pytest.mark.parametrize("value", ["vpc-00000000", 443, "1", "version 1", None, True, 1.5, [], {}])
def test_everything_else_stays(value: Any) -> None:
    assert SWAP(value) == value


def test_lists_and_objects_are_paired_by_their_places() -> None:
    swap = StandIns.between(
        {"dns": {"servers": ["ns-0.placeholder", "ns-1.placeholder"], "zone": {"id": "Z000000001"}}},
        {"dns": {"servers": ["a.example.org", "b.example.org"], "zone": {"id": "Z1"}}},
    )
    assert swap(["ns-1.placeholder", "Z000000001"]) == ["b.example.org", "Z1"]


@pytest.mark.parametrize("other", ["topic-a-b", "elsewhere"])
def test_a_placeholder_that_became_two_values_stands_for_neither(other: str) -> None:
    swap = StandIns.between({"a": {"x": "topic-a-b", "y": "topic-a-b"}}, {"a": {"x": "topic-real", "y": other}})
    assert swap("topic-a-b") == "topic-a-b"


def test_an_output_that_is_not_read_any_more_is_not_replaced() -> None:
    assert StandIns.between(PLACEHOLDERS, {})("vpc-0000000001234") == "vpc-0000000001234"
