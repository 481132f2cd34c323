"""Is what a later wave plans what its preview showed? Everything that is not, by address and attribute."""

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
# In place of an attribute: the whole change, as an action or its absence.
WHOLE = ""
NOTHING = "nothing"


@dataclass(frozen=True)
class ReviewDifference:
    """One attribute, or with `attribute` empty one action, that was reviewed otherwise. Sensitive values are hidden."""

    layer: str
    address: str
    attribute: str
    reviewed: str
    planned: str


@dataclass(frozen=True)
class Shown:
    """The preview of one layer: its plan, empty when even that failed, and the outputs that it was made with."""

    plan: Mapping[str, Any]
    inputs: Inputs


@dataclass(frozen=True)
class Reviewed:
    """The previews of bundle `id`. A layer that isn't among them was shown by nobody."""

    id: str
    layers: Mapping[str, Shown]

    @classmethod
    def of(cls, bundle: str, plans: Sequence[LayerPlan]) -> Reviewed:
        """What a bundle that was just made shows."""
        return cls(bundle, {plan.name: Shown(plan.plan, plan.inputs) for plan in plans if plan.preview})

    def differences(self, plans: Sequence[LayerPlan]) -> tuple[ReviewDifference, ...]:
        """What those of `plans` that could be applied do otherwise than previewed. Empty: all was reviewed.

        The same are addresses, actions, and values that the preview knew, with its placeholders replaced by what the
        outputs they stood for turned out to be. What it only knew after apply may be anything, and a layer that
        changes nothing needs no review.
        """
        found: list[ReviewDifference] = []
        for plan in plans:
            if not plan.preview and any(resource_changes(plan.plan)):
                shown = self.layers.get(plan.name, Shown({}, {}))
                found += _layer(plan.name, shown.plan, plan.plan, StandIns.between(shown.inputs, plan.inputs))
        return tuple(found)


def _layer(
    layer: str, previewed: Mapping[str, Any], planned: Mapping[str, Any], swap: StandIns
) -> Iterator[ReviewDifference]:
    scrub = Scrubber([previewed, planned])
    before, after = _changes(previewed), _changes(planned)
    for address in sorted(before.keys() | after.keys()):
        was, is_ = before.get(address, {}), after.get(address, {})
        if _actions(was) != _actions(is_):
            yield ReviewDifference(layer, address, WHOLE, _actions(was), _actions(is_))
            continue
        for path, seen, found in _walk((), _after(was), _after(is_), swap):
            yield ReviewDifference(layer, address, _joined(path), *_texts(seen, found, scrub))


def _changes(plan: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """What happens to each resource that changes. What Terraform only puts aside (deposed) is an object of its own."""
    changing = {address for address, _, _ in resource_changes(plan)}
    found = {}
    for each in managed_changes(plan):
        if each["address"] in changing and _actions(each["change"]) != NOTHING:
            deposed = f" (deposed {each['deposed']})" if each.get("deposed") else ""
            found[each["address"] + deposed] = each["change"]
    return found


def _actions(change: Mapping[str, Any]) -> str:
    actions = [each for each in change.get("actions", ()) if does_something([each])]
    return ", then ".join(actions) or NOTHING


def _after(change: Mapping[str, Any]) -> Side:
    return Side.of(change.get("after"), change.get("after_sensitive", False), change.get("after_unknown", False))


def _walk(
    path: AttributePath, seen: Side, found: Side, swap: Callable[[Any], Any]
) -> Iterator[tuple[AttributePath, Side, Side]]:
    """The places where both sides differ. JSON inside strings was opened by `Side`."""
    if seen.unknown is True:
        return
    if found.unknown is True or seen.sensitive is True or found.sensitive is True:
        if found.unknown is True or swap(seen.value) != found.value:
            yield path, seen, found
    elif isinstance(seen.value, Mapping) and isinstance(found.value, Mapping):
        names = {swap(key): key for key in seen.keys}
        for key in sorted(names.keys() | set(found.keys), key=str):
            yield from _walk((*path, key), _child(seen, names.get(key, key)), _child(found, key), swap)
    elif isinstance(seen.value, list) and isinstance(found.value, list):
        yield from _walk_lists(path, seen, found, swap)
    elif swap(seen.value) != found.value:
        yield path, seen, found


def _walk_lists(
    path: AttributePath, seen: Side, found: Side, swap: Callable[[Any], Any]
) -> Iterator[tuple[AttributePath, Side, Side]]:
    """Element by element; in any order where placeholders were replaced, as a set's order follows from its values."""
    old = {index: seen.child(index) for index in range(len(seen.value))}
    new = {index: found.child(index) for index in range(len(found.value))}
    if swap(seen.value) != seen.value:
        for number, item in tuple(old.items()):
            twin = next((index for index, each in new.items() if not any(_walk((), item, each, swap))), None)
            if twin is not None:
                del old[number], new[twin]
    for left, right in zip_longest(old, new):
        index = right if right is not None else left
        yield from _walk((*path, index), old.get(left, Side()), new.get(right, Side()), swap)


def _child(side: Side, key: str | int) -> Side:
    return side.child(key) if key in side.keys else Side()


def _texts(seen: Side, found: Side, scrub: Scrubber) -> tuple[str, str]:
    """Both sides as they may be shown: what is sensitive on one side is hidden on both, and inside a whole as well."""
    if _hidden(seen) or _hidden(found):
        return SENSITIVE, SENSITIVE
    return seen.shown(scrub) or NOTHING, found.shown(scrub) or NOTHING


def _hidden(side: Side) -> bool:
    return side.sensitive is True or (not side.atomic and any(_hidden(side.child(key)) for key in side.keys))


def _joined(path: AttributePath) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
