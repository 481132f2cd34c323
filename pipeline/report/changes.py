"""Resource changes of a plan, the dangerous ones first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.report.model import LayerResult
from terraform_json.attributes import AttributeChange, Side, attribute_changes
from terraform_json.plan import change_kind, managed_changes
from terraform_json.redact import UNKNOWN, Scrubber

Action = Literal["destroy", "replace", "forget", "change", "add"]
ORDER: tuple[Action, ...] = ("destroy", "replace", "forget", "change", "add")
SIGNS: dict[Action, str] = {
    "add": "+",
    "change": "~",
    "destroy": "\N{MINUS SIGN}",
    "replace": "±",
    "forget": "\N{MULTIPLICATION SIGN}",
}
# Attribute in which Terraform repeats every tag of `tags`; a new resource would show each tag twice.
_REPEATED = "tags_all"


@dataclass(frozen=True)
class Change:
    """A plan's action on one resource. `later` names new attributes whose values are known only after the apply."""

    layer: str
    address: str
    type: str
    action: Action
    attributes: tuple[AttributeChange, ...]
    later: tuple[str, ...] = ()

    @property
    def declared(self) -> str:
        """The address as synthesised, without a count or for_each key."""
        return re.sub(r"\[.*\]$", "", self.address)


def changes_of(layer: LayerResult, scrub: Scrubber) -> tuple[Change, ...]:
    """The layer's changes, destroyed and replaced first; reads and unchanged resources are left out."""
    found = []
    for resource in managed_changes(layer.plan or {}):
        change = resource.get("change") or {}
        action = _action(change.get("actions") or [])
        if action is not None:
            found.append(_change(layer.name, resource, change, action, scrub))
    return tuple(sorted(found, key=lambda item: (ORDER.index(item.action), item.address)))


def _action(actions: list[str]) -> Action | None:
    """Kind of a change on the page: those that are counted, and "forget", which leaves AWS as it is."""
    return change_kind(actions) or ("forget" if "forget" in actions else None)


def action_totals(changes: tuple[Change, ...]) -> dict[Action, int]:
    """Number of resources by action, zeros included, the most dangerous action first."""
    count = Counter(change.action for change in changes)
    return {action: count[action] for action in ORDER}


def _change(
    layer: str, resource: Mapping[str, Any], change: Mapping[str, Any], action: Action, scrub: Scrubber
) -> Change:
    before = Side.of(change.get("before"), change.get("before_sensitive", False), False)
    after = Side.of(change.get("after"), change.get("after_sensitive", False), change.get("after_unknown", False))
    lines = attribute_changes(before, after, scrub=scrub, replace_paths=list(change.get("replace_paths") or ()))
    later: tuple[str, ...] = ()
    if action == "add":
        later = tuple(line.path for line in lines if line.after == UNKNOWN)
        repeated = any(line.path.startswith("tags.") for line in lines)
        lines = tuple(
            line for line in lines if line.after != UNKNOWN and not (repeated and line.path.startswith(f"{_REPEATED}."))
        )
    return Change(layer, str(resource.get("address", "")), str(resource.get("type", "")), action, lines, later)
