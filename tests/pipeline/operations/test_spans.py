"""Spans as X-Ray keeps them, read as a tree: order, depth, times, and no text that might quote."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.operations.spans import TraceSpan, is_whole, read_spans

START = 1_796_000_000_000_000_000


def record(
    id_: str, parent: str = "", *, at: float = 0, ms: float = 1, status: dict[str, str] | None = None, **more: Any
) -> dict[str, Any]:
    """A span that starts `at` milliseconds after the first one."""
    start = START + int(at * 1_000_000)
    return {
        "spanId": id_,
        **({"parentSpanId": parent} if parent else {}),
        "name": f"span {id_}",
        "startTimeUnixNano": start,
        "endTimeUnixNano": start + int(ms * 1_000_000),
        "durationNano": int(ms * 1_000_000),
        "attributes": {},
        "status": status or {"code": "UNSET"},
        **more,
    }


def outline(*records: dict[str, Any]) -> list[tuple[str, int]]:
    return [(each.name.removeprefix("span "), each.depth) for each in read_spans(records)]


def test_spans_stand_below_their_parents_by_time() -> None:
    spans = [record("d", "c", at=4), record("c", "a", at=3), record("b", "a", at=1), record("a")]
    assert outline(*spans) == [("a", 0), ("b", 1), ("c", 1), ("d", 2)]


def test_a_span_without_its_parent_stands_at_the_top() -> None:
    assert outline(record("b", "gone", at=1), record("a")) == [("a", 0), ("b", 0)]


def test_spans_that_name_each_other_are_not_lost() -> None:
    assert sorted(name for name, _ in outline(record("a", "b"), record("b", "a"))) == ["a", "b"]


def test_times_are_milliseconds_after_the_first_span() -> None:
    first, second = read_spans([record("b", "a", at=12.5, ms=7.25), record("a", ms=20)])
    assert (first.start_ms, first.ms, second.start_ms, second.ms) == (0, 20, 12.5, 7.25)
    assert read_spans([]) == ()


@pytest.mark.parametrize(
    ("status", "shown", "failed"),
    [
        ({"code": "UNSET"}, "UNSET", False),
        ({"code": "ERROR", "message": "model_timeout"}, "ERROR model_timeout", True),
        ({"code": "ERROR", "message": "You asked: when is it open?"}, "ERROR", True),
    ],
)
def test_an_error_is_shown_with_its_code_alone(status: dict[str, str], shown: str, failed: bool) -> None:
    (found,) = read_spans([record("a", status=status)])
    assert (found.status, found.failed) == (shown, failed)


def test_known_attributes_and_moments_are_shown_and_no_others() -> None:
    attributes = {
        "gen_ai.usage.output_tokens": 41,
        "question": "When is the garden open?",
        "sitechat.outcome": "You asked: when?",
        "gen_ai.response.finish_reasons": ["end_turn"],
    }
    events = [
        {"name": "first_token", "timeUnixNano": START + 35_500_000},
        {"name": "said", "timeUnixNano": START},
    ]
    (found,) = read_spans([record("a", at=5, attributes=attributes, events=events)])
    assert found.notes == (
        "gen_ai.usage.output_tokens=41",
        "gen_ai.response.finish_reasons=end_turn",
        "first_token after 30.5 ms",
    )
    assert found == TraceSpan("span a", 0, 0, 1, "UNSET", found.notes)


def test_the_root_ends_last_and_makes_them_whole() -> None:
    assert not is_whole([])
    assert not is_whole([record("b", "a")])
    assert is_whole([record("b", "a"), record("a")])
