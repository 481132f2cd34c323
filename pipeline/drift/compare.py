"""Compare AWS with the state of the last apply, layer by layer. Changes nothing in AWS or in the states.

A refresh alone isn't enough: the provider reads many values back in another form (protocol "tcp" as "6"), and shows
rules and policies that are separate resources also as attributes of their parent. A plan tells which differences
Terraform would set back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pipeline.console import step
from pipeline.drift.runtime_owned import kill_switch, runtime_owner
from pipeline.session import Session
from pipeline.synth.layers import Layer, Synthesis
from pipeline.terraform.graph import run_graph
from terraform_json.attributes import AttributeChange, Side, attribute_changes
from terraform_json.blocks import body_at
from terraform_json.plan import change_kind, managed_changes
from terraform_json.redact import Scrubber

DELETED = "deleted"


class DriftKind(StrEnum):
    """Cause of a difference: changed by somebody, by a running system, or not set in the configuration."""

    DRIFT = "drift"
    RUNTIME = "runtime-owned"
    UNSET = "not configured"


@dataclass(frozen=True)
class DriftedAttribute:
    """One attribute that differs (empty for a deleted resource). `owner` is the system that changes it."""

    layer: str
    address: str
    attribute: str
    was: str | None
    found: str | None
    kind: DriftKind
    owner: str = ""


@dataclass(frozen=True)
class Drift:
    """All differences of an environment, the layers compared, and the layers never applied (`empty`)."""

    attributes: tuple[DriftedAttribute, ...]
    layers: tuple[str, ...]
    empty: tuple[str, ...]

    def of(self, kind: DriftKind) -> tuple[DriftedAttribute, ...]:
        """The differences of one kind."""
        return tuple(each for each in self.attributes if each.kind is kind)


def find_drift(session: Session, synthesis: Synthesis, *, only: str | None = None) -> Drift:
    """Compare every layer, or `only` one, with AWS.

    Raises SitechatError when Terraform fails, and (7) while somebody else works on one of the states.
    """
    names = [synthesis.layer(only).name] if only else [layer.name for layer in synthesis.layers]
    with step(f"compare {session.env.name} with AWS: {', '.join(names)}") as progress:

        def compare(name: str) -> tuple[DriftedAttribute, ...] | None:
            layer = synthesis.layer(name)
            if not (session.read_state(layer) or {}).get("resources"):
                return None
            terraform = session.opened(layer, lambda text: progress.update(f"{name}: {text}"))
            plan = terraform.dir / "drift.tfplan"
            try:
                terraform.plan(plan)
                return tuple(drifted_attributes(terraform.show_plan(plan), layer))
            finally:
                plan.unlink(missing_ok=True)

        session.await_locks([synthesis.layer(name) for name in names], progress.note)
        results = run_graph(dict.fromkeys(names, ()), compare)
    compared = [name for name in names if results[name] is not None]
    every = tuple(each for name in compared for each in results[name] or ())
    return Drift(every, tuple(compared), tuple(name for name in names if name not in compared))


def drifted_attributes(plan: Mapping[str, Any], layer: Layer) -> Iterator[DriftedAttribute]:
    """Attributes that differ, read from a layer's plan (JSON); sensitive values are hidden."""
    scrub = Scrubber([plan])
    set_back = _attributes_set_back(plan, scrub)
    for resource in plan.get("resource_drift") or ():
        if resource.get("mode", "managed") != "managed":
            continue
        change, address, kind = resource["change"], resource["address"], resource["type"]
        if "delete" in change["actions"]:
            yield DriftedAttribute(layer.name, address, "", "exists", DELETED, DriftKind.DRIFT)
            continue
        block = body_at(layer.config, f"{kind}.{resource['name']}")
        lines = _changed_attributes(change, scrub)
        tops = {_top_attribute(line.path) for line in lines}
        for line in lines:
            top = _top_attribute(line.path)
            who = runtime_owner(kind, block, top) or kill_switch(kind, block, top, (line.before, line.after))
            if who:
                yield DriftedAttribute(layer.name, address, line.path, line.before, line.after, DriftKind.RUNTIME, who)
            elif top in set_back.get(address, ()) and not (top == "tags_all" and "tags" in tops):
                yield DriftedAttribute(layer.name, address, line.path, line.before, line.after, DriftKind.DRIFT)
            elif top not in block and top not in ("tags", "tags_all"):
                yield DriftedAttribute(layer.name, address, line.path, line.before, line.after, DriftKind.UNSET)


def _attributes_set_back(plan: Mapping[str, Any], scrub: Scrubber) -> dict[str, set[str]]:
    """Top-level attributes that the plan would set back, by address."""
    return {
        each["address"]: {_top_attribute(line.path) for line in _changed_attributes(each["change"], scrub)}
        for each in managed_changes(plan)
        if change_kind(each["change"]["actions"]) is not None
    }


def _changed_attributes(change: Mapping[str, Any], scrub: Scrubber) -> tuple[AttributeChange, ...]:
    before = Side.of(change.get("before"), change.get("before_sensitive", False), False)
    after = Side.of(change.get("after"), change.get("after_sensitive", False), change.get("after_unknown", False))
    return attribute_changes(before, after, scrub=scrub, replace_paths=[])


def _top_attribute(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]
