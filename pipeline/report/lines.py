"""Changes of a plan as lines of text: the resource, then each attribute with its old and its new value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.errors import counted
from pipeline.report.changes import ORDER, SIGNS, Action, Change, changes_of
from pipeline.report.model import LayerResult
from pipeline.report.view import INTERNAL_OUTPUTS
from terraform_json.attributes import AttributeChange, Side, attribute_changes
from terraform_json.plan import output_changes
from terraform_json.redact import UNKNOWN, Scrubber

STYLES: Mapping[Action, str] = {
    "destroy": "red",
    "replace": "magenta",
    "forget": "magenta",
    "change": "yellow",
    "add": "green",
}
# Text kept before the first difference of two long values, so that one sees where it is.
_BEFORE_DIFFERENCE = 12


@dataclass(frozen=True)
class Entry:
    """Lines about `changes` resources or outputs of one layer: the first names them, the others their attributes."""

    layer: str
    action: Action
    lines: tuple[str, ...]
    changes: int = 1
    folded: bool = False


@dataclass(frozen=True)
class LayerChanges:
    """A layer's changes, dangerous ones first, and entries of its changed outputs. `preview`: not applied yet.

    `handed_on` is one entry for the outputs that only later layers read, or none.
    """

    name: str
    preview: bool
    changes: tuple[Change, ...]
    outputs: tuple[Entry, ...]
    handed_on: tuple[Entry, ...] = ()


def read_changes(layers: Sequence[LayerResult]) -> tuple[LayerChanges, ...]:
    """Changes of layers with a plan, in their order. Values that any of the plans calls sensitive are hidden in all."""
    scrub = Scrubber([layer.plan for layer in layers if layer.plan])
    return tuple(
        LayerChanges(
            layer.name,
            layer.status == "preview",
            changes_of(layer, scrub),
            tuple(_output_entries(layer, scrub)),
            tuple(_handed_on(layer)),
        )
        for layer in layers
        if layer.plan
    )


def entry_of(change: Change, *, width: int | None = None) -> Entry:
    """Lines of one change; with `width` values are cut to it, and a new resource is its name alone."""
    title = f"{SIGNS[change.action]} {plain(change.address)}"
    if change.action == "replace":
        forcing = [line.path for line in change.attributes if line.forces_replacement]
        title += f" is replaced{', forced by ' + plain(', '.join(forcing)) if forcing else ''}"
    if width is not None and change.action in ("add", "destroy", "forget"):
        return Entry(change.layer, change.action, (title,), folded=change.action == "add")
    # What a replacement gives anew follows from it; one line names it all.
    later = [line.path for line in change.attributes if line.after == UNKNOWN and not line.forces_replacement]
    later = [*change.later, *(later if change.action == "replace" else ())]
    lines = [f"    {_attribute(line, width)}" for line in change.attributes if line.path not in later]
    if later:
        lines.append(f"    known after apply: {plain(', '.join(later))}")
    return Entry(change.layer, change.action, (title, *lines))


def by_type(changes: Sequence[Change]) -> Iterator[Entry]:
    """One entry a resource type, for changes of one layer and action; a type's only change keeps its address."""
    found = Counter(change.type for change in changes)
    for kind, number in sorted(found.items()):
        first = next(change for change in changes if change.type == kind)
        if number == 1:
            yield entry_of(first, width=0)
        else:
            title = f"{SIGNS[first.action]} {plain(kind)}: {counted(number, 'resource')}"
            yield Entry(first.layer, first.action, (title,), number, folded=True)


def all_at_once(changes: Sequence[Change]) -> Entry:
    """One entry for changes of one layer and action: their types, the most frequent first."""
    found = sorted(Counter(change.type for change in changes).items(), key=lambda item: (-item[1], item[0]))
    types = ", ".join(plain(kind) if number == 1 else f"{plain(kind)} ({number})" for kind, number in found)
    title = f"{SIGNS[changes[0].action]} {counted(len(changes), 'resource')}: {types}"
    return Entry(changes[0].layer, changes[0].action, (title,), len(changes), folded=True)


def change_json(change: Change) -> dict[str, Any]:
    """A change as plain data, for --json; sensitive values are hidden in it, too."""
    return {
        "address": change.address,
        "type": change.type,
        "action": change.action,
        "attributes": [vars(line) for line in change.attributes],
        "known_after_apply": list(change.later),
    }


def plain(text: str) -> str:
    """Text on one line, without characters that a terminal would act on."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def cut(text: str, width: int) -> str:
    """Text of `width` characters at most; the rest is an ellipsis."""
    return text if len(text) <= width else f"{text[: max(0, width - 1)]}…"


def _attribute(line: AttributeChange, width: int | None) -> str:
    forced = "  (forces replacement)" if line.forces_replacement else ""
    old, new = (None if side is None else plain(side) for side in (line.before, line.after))
    room = None if width is None else max(20, width - len(line.path) - len(forced) - 12)
    if old is None:
        return f"{plain(line.path)}: {_fit(new or '', room)}{forced}"
    if new is None:
        return f"{plain(line.path)}: {_fit(old, room)} -> removed{forced}"
    if room is not None and len(old) + len(new) > room:
        old, new = _around_difference(old, new, room // 2)
    return f"{plain(line.path)}: {old} -> {new}{forced}"


def _fit(text: str, room: int | None) -> str:
    return text if room is None else cut(text, room)


def _around_difference(old: str, new: str, room: int) -> tuple[str, str]:
    """Both values from a little before their first difference on, each `room` characters at most."""
    same = next((at for at, (left, right) in enumerate(zip(old, new, strict=False)) if left != right), None)
    start = (min(len(old), len(new)) if same is None else same) - _BEFORE_DIFFERENCE
    if start > 0 and max(len(old), len(new)) > room:
        old, new = (f"…{side[start:]}" for side in (old, new))
    return cut(old, room), cut(new, room)


def _output_entries(layer: LayerResult, scrub: Scrubber) -> Iterator[Entry]:
    """Changed outputs that are for people."""
    for name, change in output_changes(layer.plan or {}):
        if name.startswith(INTERNAL_OUTPUTS):
            continue
        before = Side.of(change.get("before"), change.get("before_sensitive", False), False)
        after = Side.of(change.get("after"), change.get("after_sensitive", False), change.get("after_unknown", False))
        for line in attribute_changes(before, after, scrub=scrub, replace_paths=[]):
            shown = _attribute(replace(line, path=f"output {name}{'.' if line.path else ''}{line.path}"), None)
            yield Entry(layer.name, "change", (f"{SIGNS['change']} {shown}",))


def _handed_on(layer: LayerResult) -> Iterator[Entry]:
    """The number of changed outputs that only later layers read."""
    number = sum(1 for name, _ in output_changes(layer.plan or {}) if name.startswith(INTERNAL_OUTPUTS))
    if number:
        word = "value" if number == 1 else "values"
        yield Entry(layer.name, "change", (f"{SIGNS['change']} {number} {word} that later layers read",), number)


def sort_entries(entries: Sequence[Entry]) -> list[Entry]:
    """Entries in the order in which they get room: the dangerous ones of all layers first."""
    return sorted(entries, key=lambda entry: ORDER.index(entry.action))
