"""Reader of plans as `terraform show -json` prints them: changes, and their numbers.

"no-op" is no change, and neither is "read", which looks a data source up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from terraform_json.state import managed_instances, outputs

Plan = Mapping[str, Any]

ChangeKind = Literal["add", "change", "replace", "destroy"]
CHANGE_KINDS: tuple[ChangeKind, ...] = ("add", "change", "replace", "destroy")
_KINDS: Mapping[str, ChangeKind] = {"create": "add", "update": "change", "delete": "destroy"}
_UNCHANGED = frozenset({"no-op", "read"})


@dataclass(frozen=True)
class Counts:
    """Numbers of resources by what happens to them; `outputs` are changed outputs."""

    add: int = 0
    change: int = 0
    replace: int = 0
    destroy: int = 0
    outputs: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Sum of both, kind by kind."""
        return Counts(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def resources(self) -> int:
        """Resources that change in any way."""
        return self.add + self.change + self.replace + self.destroy

    @property
    def any(self) -> bool:
        """Whether there is anything to apply."""
        return self.resources + self.outputs > 0


def does_something(actions: Collection[str]) -> bool:
    """Whether a list of actions changes anything: more than "no-op" and "read"."""
    return not _UNCHANGED.issuperset(actions)


def change_kind(actions: list[str]) -> ChangeKind | None:
    """Terraform's list of actions as one of `CHANGE_KINDS`; None for what changes nothing, or only forgets.

    A new resource in place of one that is forgotten is a replacement too.
    """
    if "create" in actions and not {"delete", "forget"}.isdisjoint(actions):
        return "replace"
    return _KINDS.get(actions[0]) if actions else None


def managed_changes(plan: Plan) -> Iterator[Mapping[str, Any]]:
    """Entries of `resource_changes` that are about managed resources, also those that change nothing."""
    return (each for each in plan.get("resource_changes") or () if each.get("mode", "managed") == "managed")


def resource_changes(plan: Plan) -> Iterator[tuple[str, str, ChangeKind]]:
    """(address, type, kind) of every managed resource that changes."""
    for each in managed_changes(plan):
        kind = change_kind(each["change"]["actions"])
        if kind is not None:
            yield each["address"], each["type"], kind


def created_addresses(plan: Plan) -> tuple[str, ...]:
    """Addresses of the resources that a plan creates, and of none that it replaces."""
    return tuple(address for address, _, kind in resource_changes(plan) if kind == "add")


def output_changes(plan: Plan) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(name, change) of every output that changes."""
    for name, change in (plan.get("output_changes") or {}).items():
        if does_something(change.get("actions", ("unknown",))):
            yield name, change


def count(plan: Plan) -> Counts:
    """Count a plan's changes."""
    kinds = [kind for _, _, kind in resource_changes(plan)]
    add, change, replace, destroy = (kinds.count(kind) for kind in CHANGE_KINDS)
    return Counts(add, change, replace, destroy, sum(1 for _ in output_changes(plan)))


def describe_counts(counts: Counts) -> str:
    """Counts in words: "2 to add, 1 to change", or "no changes"."""
    parts = [f"{number} to {kind}" for kind in CHANGE_KINDS if (number := getattr(counts, kind))]
    if counts.outputs and not parts:
        return "only outputs change"
    return ", ".join(parts) or "no changes"


def unchanged_plan(state: Mapping[str, Any]) -> dict[str, Any]:
    """Plan that changes nothing, as `terraform show -json` would print its parts, worked out from the state alone."""
    known = {
        name: {"sensitive": bool(each.get("sensitive")), "type": each.get("type"), "value": each.get("value")}
        for name, each in outputs(state).items()
    }
    unchanged = [_no_change(address, resource, instance) for address, resource, instance in managed_instances(state)]
    return {"complete": True, "errored": False, "resource_changes": unchanged, "planned_values": {"outputs": known}}


def _no_change(address: str, resource: Mapping[str, Any], instance: Mapping[str, Any]) -> dict[str, Any]:
    """Entry of a resource that stays as it is. Where a part of an attribute is sensitive, all of it counts as such."""
    values = instance.get("attributes") or {}
    hidden = {str(path[0]["value"]): True for path in instance.get("sensitive_attributes") or () if path}
    change = {"actions": ["no-op"], "before": values, "after": values}
    change |= {"before_sensitive": hidden, "after_sensitive": hidden, "after_unknown": {}}
    return {
        "address": address,
        "mode": "managed",
        "type": resource["type"],
        "name": resource["name"],
        "change": change,
    }


def existing(plan: Plan) -> list[str]:
    """Addresses of the managed resources that exist before the plan is applied."""
    return [each["address"] for each in managed_changes(plan) if each["change"]["before"] is not None]
