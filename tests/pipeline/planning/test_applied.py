"""`plan --changed` leaves a layer out only when its note agrees with files, inputs, state and tools of now."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from config import Environment, load
from pipeline.planning.applied import NEVER, REASONS, forget_applied, note_applied, reasons_to_plan
from pipeline.session import Session
from pipeline.synth.layers import Layer, Synthesis, read_synthesis
from pipeline.work import Work
from tests.pipeline import samples

TOOLS = {"terraform": "1.11.4", "aws": "5.100.0"}
FIRST: dict[str, Any] = {
    "lineage": "a1",
    "serial": 4,
    "outputs": {"vpc": {"value": "vpc-1"}, "topic": {"value": "arn:topic"}, "unread": {"value": "constant"}},
}
SECOND: dict[str, Any] = {"lineage": "b1", "serial": 2, "outputs": {}}


@dataclass
class Stub:
    """Stub of the session: an environment, a work folder, and states by layer."""

    work: Work
    states: dict[str, dict[str, Any] | None] = field(default_factory=lambda: {"first": FIRST, "second": SECOND})
    env: Environment = field(default_factory=lambda: load("dev"))

    def read_state(self, layer: Layer) -> dict[str, Any] | None:
        return self.states[layer.name]

    def reasons(self, synthesis: Synthesis, tools: dict[str, str] = TOOLS) -> dict[str, str]:
        return reasons_to_plan(cast(Session, self), synthesis, tools)


@pytest.fixture
def applied(pair: Synthesis, tmp_path: Path) -> Stub:
    """Session whose two layers were both applied."""
    stub = Stub(Work(tmp_path))
    for layer in pair.layers:
        note_applied(cast(Session, stub), pair, layer.name, stub.states, TOOLS)
    return stub


def _rewritten(pair: Synthesis, name: str, change: Callable[[dict[str, Any]], Any]) -> Synthesis:
    """The pair with one layer's configuration changed."""
    configs = {"first": (samples.FIRST, []), "second": (samples.SECOND, ["first"])}
    config = json.loads(json.dumps(configs[name][0]))
    change(config)
    configs[name] = (config, configs[name][1])
    samples.write(pair.dir, cast(Any, configs))
    return read_synthesis(pair.dir, "dev")


def test_nothing_is_planned_when_nothing_changed(applied: Stub, pair: Synthesis) -> None:
    assert applied.reasons(pair) == {}


def test_a_layer_that_was_never_applied_is_planned(pair: Synthesis, tmp_path: Path) -> None:
    assert Stub(Work(tmp_path)).reasons(pair) == {"first": NEVER, "second": NEVER}


def test_a_changed_file_is_a_reason_and_so_is_depending_on_it(applied: Stub, pair: Synthesis) -> None:
    changed = _rewritten(
        pair, "first", lambda config: config["resource"]["aws_vpc"]["net"].update(cidr_block="10.1.0.0/16")
    )
    assert applied.reasons(changed) == {"first": REASONS["files_sha256"], "second": "depends on first"}


def test_a_layer_that_nothing_depends_on_is_planned_alone(applied: Stub, pair: Synthesis) -> None:
    changed = _rewritten(pair, "second", lambda config: config["data"].update(aws_partition={"here": {}}))
    assert applied.reasons(changed) == {"second": REASONS["files_sha256"]}


@pytest.mark.parametrize(
    "state", [{**SECOND, "serial": 3}, {**SECOND, "lineage": "c1"}, {**SECOND, "resources": [{}]}, None]
)
def test_another_state_of_a_layer_is_a_reason(applied: Stub, pair: Synthesis, state: dict[str, Any] | None) -> None:
    """Also one of the same serial: an older version may have been restored, and somebody went on from there."""
    applied.states["second"] = state
    assert applied.reasons(pair) == {"second": REASONS["state_sha256"]}


def test_a_layer_whose_apply_was_begun_is_planned(applied: Stub, pair: Synthesis) -> None:
    forget_applied(cast(Session, applied), "second")
    forget_applied(cast(Session, applied), "second")
    assert applied.reasons(pair) == {"second": NEVER}


def test_another_value_of_what_is_read_is_a_reason(applied: Stub, pair: Synthesis) -> None:
    note_first = {**FIRST, "outputs": {**FIRST["outputs"], "topic": {"value": "arn:other"}}}
    applied.states["first"] = note_first
    note_applied(cast(Session, applied), pair, "first", applied.states, TOOLS)
    assert applied.reasons(pair) == {"second": REASONS["inputs_sha256"]}


def test_another_value_of_what_nobody_reads_is_none(applied: Stub, pair: Synthesis) -> None:
    applied.states["first"] = {**FIRST, "outputs": {**FIRST["outputs"], "unread": {"value": "new"}}}
    note_applied(cast(Session, applied), pair, "first", applied.states, TOOLS)
    assert applied.reasons(pair) == {}


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_another_version_of_a_tool_is_a_reason_for_every_layer(applied: Stub, pair: Synthesis, tool: str) -> None:
    reason = REASONS["tools_sha256"]
    assert applied.reasons(pair, {**TOOLS, tool: "9.0.0"}) == {"first": reason, "second": reason}


@pytest.mark.parametrize(
    "text", ["", "{", "null", "[]", '{"serial": 4}', '{"files_sha256": 1, "more": 2}'], ids=lambda text: text or "empty"
)
def test_a_damaged_note_is_no_note(applied: Stub, pair: Synthesis, text: str) -> None:
    (applied.work.applied("dev") / "second.json").write_text(text)
    assert applied.reasons(pair) == {"second": NEVER}


def test_a_note_of_another_environment_does_not_count(applied: Stub, pair: Synthesis) -> None:
    other = replace(applied, env=load("prod"))
    assert set(other.reasons(pair).values()) == {NEVER}


def test_notes_are_private(applied: Stub) -> None:
    notes = list(applied.work.applied("dev").glob("*.json"))
    assert len(notes) == 2
    assert {path.stat().st_mode & 0o777 for path in notes} == {0o600}
