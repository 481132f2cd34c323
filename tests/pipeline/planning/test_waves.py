"""A layer is planned for real only when the outputs it reads exist and don't change."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.planning.waves import LayerOutputs, blocked_by, outputs_after_plan

READS = {"first": ("vpc",)}
STATE = {"outputs": {"vpc": {"value": "vpc-1"}, "other": {"value": "x"}}}


def change(*actions: str, after: Any = None, unknown: Any = False) -> dict[str, Any]:
    return {"actions": list(actions), "after": after, "after_unknown": unknown}


def settled(preview: bool = False, **changes: dict[str, Any]) -> dict[str, LayerOutputs]:
    return {"first": outputs_after_plan({"output_changes": changes}, STATE, preview=preview)}


def test_unchanged_outputs_let_the_next_layer_go_on() -> None:
    assert blocked_by(READS, settled(vpc=change("no-op", after="vpc-1"))) is None


def test_an_output_nobody_reads_may_change() -> None:
    assert blocked_by(READS, settled(other=change("update", after="y"))) is None


@pytest.mark.parametrize("changed", [change("update", after="vpc-2"), change("delete"), change("create", unknown=True)])
def test_a_changing_output_blocks(changed: dict[str, Any]) -> None:
    assert blocked_by(READS, settled(vpc=changed)) == "first changes what it hands on"


def test_a_layer_without_state_blocks() -> None:
    upstream = {
        "first": outputs_after_plan({"output_changes": {"vpc": change("create", unknown=True)}}, None, preview=False)
    }
    assert blocked_by(READS, upstream) == "first is not applied yet"


def test_a_preview_blocks_those_who_read_it() -> None:
    assert blocked_by(READS, settled(preview=True)) == "first is itself a preview"
    assert blocked_by({"first": ()}, settled(preview=True)) is None


def test_a_layer_that_reads_nothing_is_never_blocked() -> None:
    assert blocked_by({}, {}) is None


@pytest.mark.parametrize("unknown", [True, {"id": True}, [False, True], {"a": {"b": [True]}}])
def test_a_value_with_an_unknown_part_is_not_known(unknown: Any) -> None:
    upstream = settled(vpc=change("update", after={"id": None}, unknown=unknown))["first"]
    assert upstream.planned == {}
    assert upstream.changing == {"vpc"}


@pytest.mark.parametrize("unknown", [False, {}, {"id": False}, [False]])
def test_a_value_without_unknown_parts_is_known(unknown: Any) -> None:
    assert settled(vpc=change("update", after="vpc-2", unknown=unknown))["first"].planned == {"vpc": "vpc-2"}


def test_a_removed_output_has_no_value() -> None:
    assert settled(vpc=change("delete", after=None))["first"].planned == {}
