"""Real plans are made beside their upstreams, and given up for a preview where an upstream changes what it hands on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from config import Environment, load
from pipeline import session
from pipeline.errors import ExitCode, SitechatError
from pipeline.planning.planner import LayerPlan, Planner
from pipeline.session import Session
from pipeline.synth.layers import Layer, Synthesis
from pipeline.work import Work

Json = dict[str, Any]
FIRST_STATE: Json = {
    "lineage": "a1",
    "serial": 4,
    "outputs": {"vpc": {"value": "vpc-1"}, "topic": {"value": "arn:topic"}},
    "resources": [{"mode": "managed", "type": "aws_vpc", "name": "net", "instances": [{}]}],
}
SECOND_STATE: Json = {"lineage": "b1", "serial": 2, "outputs": {}, "resources": []}
UNCHANGED: Json = {}
NEW_VPC: Json = {
    "resource_changes": [
        {
            "address": "aws_vpc.net",
            "mode": "managed",
            "type": "aws_vpc",
            "change": {"actions": ["delete", "create"], "before": {}, "after": {}},
        }
    ],
    "output_changes": {"vpc": {"actions": ["update"], "before": "vpc-1", "after_unknown": True}},
}
NEW_RULE: Json = {
    "resource_changes": [
        {
            "address": "aws_security_group.web",
            "mode": "managed",
            "type": "aws_security_group",
            "change": {"actions": ["update"], "before": {}, "after": {}},
        }
    ]
}
FAILED = SitechatError("Terraform failed in second", code=ExitCode.FAILED)


@dataclass
class Terraform:
    """Stub of Terraform in one folder: a prepared plan or error, and a record of what was asked for."""

    name: str
    prepared: Json | SitechatError
    calls: list[str]

    def init(self) -> None:
        self.calls.append(f"init {self.name}")

    def plan(self, path: Path) -> bool:
        self.calls.append(f"plan {self.name}")
        if isinstance(self.prepared, SitechatError):
            raise self.prepared
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        return bool(self.prepared)

    def show_plan(self, path: Path) -> Json:
        self.calls.append(f"show {self.name}")
        assert not isinstance(self.prepared, SitechatError)
        return self.prepared


@dataclass
class Stub:
    """Stub of the session: states, plans and locks (free at the second look) by layer; previews by `LAYER.preview`."""

    work: Work
    states: dict[str, Json | None]
    plans: dict[str, Json | SitechatError]
    locks: dict[str, Json] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    env: Environment = field(default_factory=lambda: load("dev"))

    def read_state(self, layer: Layer) -> Json | None:
        return self.states.get(layer.name)

    def read_lock(self, layer: Layer) -> Json | None:
        return self.locks.pop(layer.name, None)

    def await_locks(self, layers: list[Layer], note: Callable[[str], None]) -> None:
        Session.await_locks(cast(Session, self), layers, note)

    def opened(self, layer: Layer, report: Callable[[str], None]) -> Terraform:
        return Terraform(layer.name, self.plans[layer.name], self.calls)

    def terraform(self, directory: Path, layer: str, report: Callable[[str], None]) -> Terraform:
        return Terraform(directory.name, self.plans[directory.name], self.calls)


@dataclass
class Planned:
    """Result of a planning: the plans by layer, what Terraform was asked for, and the lines printed."""

    plans: Mapping[str, LayerPlan]
    stub: Stub
    folder: Path


Plan = Callable[..., Planned]


@pytest.fixture
def plan(pair: Synthesis, tmp_path: Path) -> Plan:
    """Plan the pair of layers; what is given is of a `Stub`."""

    def run(names: tuple[str, ...] = ("first", "second"), **given: Any) -> Planned:
        stub = Stub(Work(tmp_path), **given)
        folder = tmp_path / "bundle"
        planner = Planner(
            cast(Session, stub), pair, frozenset(names), folder, lambda text: None, stub.notes.append, previews=True
        )
        return Planned({each.name: each for each in planner.plan_layers()}, stub, folder)

    return run


BOTH: dict[str, Json | None] = {"first": FIRST_STATE, "second": SECOND_STATE}


def test_layers_without_changes_are_planned_once_and_never_shown(plan: Plan) -> None:
    done = plan(states=BOTH, plans={"first": UNCHANGED, "second": UNCHANGED})
    assert sorted(done.stub.calls) == ["plan first", "plan second"]
    assert [(name, each.preview, each.counts.any) for name, each in done.plans.items()] == [
        ("first", False, False),
        ("second", False, False),
    ]
    assert [each["address"] for each in done.plans["first"].plan["resource_changes"]] == ["aws_vpc.net"]
    assert done.plans["second"].inputs == {"first": {"topic": "arn:topic", "vpc": "vpc-1"}}
    assert (done.plans["second"].lineage, done.plans["second"].serial) == ("b1", 2)


def test_each_layer_is_told_with_its_changes(plan: Plan) -> None:
    done = plan(states=BOTH, plans={"first": UNCHANGED, "second": NEW_RULE})
    assert [note.rpartition(",")[0] for note in sorted(done.stub.notes)] == [
        "first: planned, no changes",
        "second: planned, 1 to change",
    ]
    assert done.stub.calls.count("show second") == 1


def test_a_real_plan_whose_upstream_changes_is_given_up_for_a_preview(plan: Plan) -> None:
    done = plan(states=BOTH, plans={"first": NEW_VPC, "second": NEW_RULE, "second.preview": NEW_RULE})
    second = done.plans["second"]
    assert second.blocked == "first changes what it hands on"
    assert second.plan == NEW_RULE
    assert not (done.folder / "second" / "tfplan").exists(), "a plan made with old values must not be applied"
    assert "second: only previewed after all, first changes what it hands on" in done.stub.notes
    assert second.inputs.keys() == {"first"}


def test_an_error_of_a_plan_that_was_given_up_does_not_count(plan: Plan) -> None:
    done = plan(states=BOTH, plans={"first": NEW_VPC, "second": FAILED, "second.preview": UNCHANGED})
    assert (done.plans["second"].preview, done.plans["second"].problem) == (True, "")


def test_an_error_of_a_plan_that_counts_ends_the_planning(plan: Plan) -> None:
    with pytest.raises(SitechatError, match="failed in second"):
        plan(states=BOTH, plans={"first": UNCHANGED, "second": FAILED})


def test_an_interruption_ends_the_planning_at_once(plan: Plan) -> None:
    stopped = SitechatError("interrupted", code=ExitCode.INTERRUPTED)
    with pytest.raises(SitechatError, match="interrupted"):
        plan(states=BOTH, plans={"first": NEW_VPC, "second": stopped, "second.preview": UNCHANGED})


def test_a_layer_whose_upstream_was_never_applied_is_only_previewed(plan: Plan) -> None:
    done = plan(states={}, plans={"first": NEW_VPC, "second.preview": NEW_RULE})
    assert done.plans["second"].blocked == "first is not applied yet"
    assert "plan second" not in done.stub.calls
    assert [note.rpartition(",")[0] for note in done.stub.notes] == [
        "first: planned, 1 to replace",
        "second: previewed, 1 to change",
    ]


def test_a_preview_that_fails_is_told_and_hides_nothing_else(plan: Plan) -> None:
    done = plan(states={}, plans={"first": NEW_VPC, "second.preview": FAILED})
    assert done.plans["second"].problem == FAILED.message
    assert done.stub.notes[-1].startswith("second: the preview failed, ")
    assert done.plans["first"].counts.replace == 1


def test_what_every_layer_lacks_ends_the_planning(plan: Plan) -> None:
    gone = SitechatError("the emulated AWS is down", code=ExitCode.MISSING)
    with pytest.raises(SitechatError, match="the emulated AWS is down"):
        plan(states={}, plans={"first": NEW_VPC, "second.preview": gone})


def test_what_is_not_planned_is_only_read(plan: Plan) -> None:
    done = plan(names=("second",), states=BOTH, plans={"second": UNCHANGED})
    assert list(done.plans) == ["second"]
    assert done.stub.calls == ["plan second"]


def test_a_held_lock_is_told_and_waited_for_before_terraform_is_asked(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "LOCK_PAUSE_SECONDS", 0)
    lock = {"Who": "ann@desk", "Created": "2026-01-15"}
    done = plan(states=BOTH, plans={"first": UNCHANGED, "second": UNCHANGED}, locks={"second": lock, "first": {}})
    assert done.stub.notes[:2] == [
        "first: its state is locked by somebody; waiting for it",
        "second: its state is locked by ann@desk since 2026-01-15; waiting for it",
    ]


def test_placeholders_of_a_preview_leave_no_file(plan: Plan, tmp_path: Path) -> None:
    plan(states={"second": SECOND_STATE}, plans={"first": NEW_VPC, "second.preview": NEW_RULE})
    left = [path.name for path in tmp_path.rglob("second.preview/*")]
    assert not {"cdk.tf.json", "tfplan", "terraform.tfstate"} & set(left)


def test_the_plan_without_changes_has_what_later_steps_read(plan: Plan) -> None:
    unchanged = plan(states=BOTH, plans={"first": UNCHANGED, "second": UNCHANGED}).plans["first"].plan
    assert json.loads(json.dumps(unchanged))["planned_values"]["outputs"]["vpc"]["value"] == "vpc-1"
    assert unchanged["complete"] is True
    assert unchanged["errored"] is False
