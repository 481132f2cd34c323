"""Compare a later wave's plans with the previews that were reviewed; list each difference by address and attribute."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from pipeline.planning.planner import LayerPlan
from pipeline.planning.stand_ins import Inputs, StandIns
from terraform_json.attributes import Side
from terraform_json.plan import does_something, managed_changes, resource_changes
from terraform_json.redact import SENSITIVE, Scrubber

AttributePath = tuple[str | int, ...]
# The `attribute` of a difference in the action itself, and the word for no action.
WHOLE = ""
NOTHING = "nothing"


@dataclass(frozen=True)
class ReviewDifference:
    """An attribute (an action, with `attribute` empty) planned otherwise than reviewed; sensitive values are hidden."""

    layer: str
    address: str
    attribute: str
    reviewed: str
    planned: str


@dataclass(frozen=True)
class LayerPreview:
    """The preview of one layer: its plan (empty when it failed), and the placeholders it was planned with."""

    plan: Mapping[str, Any]
    inputs: Inputs


@dataclass(frozen=True)
class ReviewedPreviews:
    """The previews of bundle `id`, by layer. A layer without a preview counts as not reviewed."""

    id: str
    layers: Mapping[str, LayerPreview]

    @classmethod
    def of(cls, bundle: str, plans: Sequence[LayerPlan]) -> ReviewedPreviews:
        """The previews of a bundle just built."""
        return cls(bundle, {plan.name: LayerPreview(plan.plan, plan.inputs) for plan in plans if plan.preview})

    def differences(self, plans: Sequence[LayerPlan]) -> tuple[ReviewDifference, ...]:
        """Differences between the plans that can be applied and their previews; empty when all was reviewed.

        Compared are addresses, actions, and values that the preview knew, after its placeholders are replaced by the
        real outputs. Values that were "known after apply" in the preview may be anything. A layer that changes nothing
        needs no review.
        """
        found: list[ReviewDifference] = []
        for plan in plans:
            if not plan.preview and any(resource_changes(plan.plan)):
                shown = self.layers.get(plan.name, LayerPreview({}, {}))
                found += _layer_differences(
                    plan.name, shown.plan, plan.plan, StandIns.between(shown.inputs, plan.inputs)
                )
        return tuple(found)


def _layer_differences(
    layer: str, previewed: Mapping[str, Any], planned: Mapping[str, Any], swap: StandIns
) -> Iterator[ReviewDifference]:
    scrub = Scrubber([previewed, planned])
    before, after = _changes_by_address(previewed), _changes_by_address(planned)
    for address in sorted(before.keys() | after.keys()):
        was, is_ = before.get(address, {}), after.get(address, {})
        if _action_text(was) != _action_text(is_):
            yield ReviewDifference(layer, address, WHOLE, _action_text(was), _action_text(is_))
            continue
        for path, seen, found in _differing_paths((), _planned_side(was), _planned_side(is_), swap):
            yield ReviewDifference(layer, address, _path_text(path), *_shown_values(seen, found, scrub))


def _changes_by_address(plan: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The change of each resource that changes, by address. A deposed object has an entry of its own."""
    changing = {address for address, _, _ in resource_changes(plan)}
    found = {}
    for each in managed_changes(plan):
        if each["address"] in changing and _action_text(each["change"]) != NOTHING:
            deposed = f" (deposed {each['deposed']})" if each.get("deposed") else ""
            found[each["address"] + deposed] = each["change"]
    return found


def _action_text(change: Mapping[str, Any]) -> str:
    actions = [each for each in change.get("actions", ()) if does_something([each])]
    return ", then ".join(actions) or NOTHING


def _planned_side(change: Mapping[str, Any]) -> Side:
    return Side.of(change.get("after"), change.get("after_sensitive", False), change.get("after_unknown", False))


def _differing_paths(
    path: AttributePath, seen: Side, found: Side, swap: Callable[[Any], Any]
) -> Iterator[tuple[AttributePath, Side, Side]]:
    """Paths at which preview (`seen`) and plan (`found`) differ. `Side` parses JSON inside strings."""
    if seen.unknown is True:
        return
    if found.unknown is True or seen.sensitive is True or found.sensitive is True:
        if found.unknown is True or swap(seen.value) != found.value:
            yield path, seen, found
    elif isinstance(seen.value, Mapping) and isinstance(found.value, Mapping):
        names = {swap(key): key for key in seen.keys}
        for key in sorted(names.keys() | set(found.keys), key=str):
            yield from _differing_paths((*path, key), _child(seen, names.get(key, key)), _child(found, key), swap)
    elif isinstance(seen.value, list) and isinstance(found.value, list):
        yield from _differing_items(path, seen, found, swap)
    elif swap(seen.value) != found.value:
        yield path, seen, found


def _differing_items(
    path: AttributePath, seen: Side, found: Side, swap: Callable[[Any], Any]
) -> Iterator[tuple[AttributePath, Side, Side]]:
    """Compare lists item by item; in any order where placeholders were replaced, as values decide a set's order."""
    old = {index: seen.child(index) for index in range(len(seen.value))}
    new = {index: found.child(index) for index in range(len(found.value))}
    if swap(seen.value) != seen.value:
        for number, item in tuple(old.items()):
            twin = next((index for index, each in new.items() if not any(_differing_paths((), item, each, swap))), None)
            if twin is not None:
                del old[number], new[twin]
    for left, right in zip_longest(old, new):
        index = right if right is not None else left
        yield from _differing_paths((*path, index), old.get(left, Side()), new.get(right, Side()), swap)


def _child(side: Side, key: str | int) -> Side:
    return side.child(key) if key in side.keys else Side()


def _shown_values(seen: Side, found: Side, scrub: Scrubber) -> tuple[str, str]:
    """Both sides as text. A value that is sensitive on one side, or that holds a sensitive one, is hidden on both."""
    if _holds_sensitive(seen) or _holds_sensitive(found):
        return SENSITIVE, SENSITIVE
    return seen.shown(scrub) or NOTHING, found.shown(scrub) or NOTHING


def _holds_sensitive(side: Side) -> bool:
    return side.sensitive is True or (not side.atomic and any(_holds_sensitive(side.child(key)) for key in side.keys))


def _path_text(path: AttributePath) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
