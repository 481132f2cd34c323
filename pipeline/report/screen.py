"""Changes of plans in the terminal: a screenful after `sitechat plan`, all of them by `sitechat show`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from rich.console import Console

from pipeline.planning.planner import LayerPlan
from pipeline.report.bundles import planned_layer
from pipeline.report.changes import Action, Change
from pipeline.report.lines import (
    STYLES,
    Entry,
    LayerChanges,
    all_at_once,
    by_type,
    cut,
    entry_of,
    read_changes,
    sort_entries,
)

# Lines and characters of a screen where there is no terminal to ask.
LINES, WIDTH = 40, 120
# What every screen has room for, however much the command prints besides.
LEAST_LINES = 12
# Attributes of one resource on a screen, and resources of one layer and action that are named one by one.
MOST_ATTRIBUTES = 8
MOST_NAMED = 5
_FOLDED: tuple[Action, ...] = ("add", "destroy")

Fold = Callable[[Sequence[Change]], Sequence[Entry]]


def print_screenful(console: Console, plans: Sequence[LayerPlan], *, rest: str) -> None:
    """Print the changes of plans, as many as fit beside their table, then `rest`, the command that shows them all."""
    layers = read_changes([planned_layer(plan.name, plan.plan, preview=plan.preview) for plan in plans])
    height = console.height if console.is_terminal else LINES
    width = console.width if console.is_terminal else WIDTH
    # The table has a heading and a row a layer; below stand the report and what comes next.
    lines = max(LEAST_LINES, height - len(plans) - 7)
    for text, style in screenful(layers, lines=lines, width=width, rest=rest):
        _print(console, text, style)


def print_all(console: Console, layers: Sequence[LayerChanges]) -> None:
    """Print every change of these layers with every attribute; long values are whole."""
    for layer in layers:
        entries = [*(entry_of(change) for change in layer.changes), *layer.outputs, *layer.handed_on]
        _print(console, _title(layer, nothing=not entries), "bold")
        for entry in entries:
            for text, style in _shown(entry):
                _print(console, text, style)


def screenful(layers: Sequence[LayerChanges], *, lines: int, width: int, rest: str) -> list[tuple[str, str]]:
    """(text, style) of `lines` lines at most, each of `width` characters at most, grouped by layer.

    New and destroyed resources are named while all changes fit; else counted by type, else by layer. Where even that
    is too much, what destroys or replaces comes first, and the last line says how many changes are left out.
    """
    entries: list[Entry] = []
    for fold in (_named, _by_type, _at_once):
        entries = [entry for layer in layers for entry in _entries(layer, fold, width)]
        if _needed(entries) < lines:
            break
    kept = _fitting(entries, lines - 1)
    hidden = sum(entry.changes for entry in entries) - sum(entry.changes for entry in kept)
    found: list[tuple[str, str]] = []
    for layer in layers:
        own = [entry for entry in kept if entry.layer == layer.name]
        if own:
            found.append((_title(layer), "bold"))
            found += [line for entry in own for line in _shown(entry)]
    if hidden:
        found.append((f"… and {hidden} more: {rest}", "dim"))
    elif any(entry.folded for entry in kept):
        found.append((f"… every attribute: {rest}", "dim"))
    return [(cut(text, width) if not text.startswith("…") else text, style) for text, style in found]


def _entries(layer: LayerChanges, fold: Fold, width: int) -> Iterator[Entry]:
    for action in dict.fromkeys(change.action for change in layer.changes):
        changes = [change for change in layer.changes if change.action == action]
        if action in _FOLDED:
            yield from fold(changes)
        else:
            yield from (_shortened(entry_of(change, width=width)) for change in changes)
    yield from layer.outputs
    # They follow from the resources: alone they are all that changes.
    yield from () if layer.changes else layer.handed_on


def _named(changes: Sequence[Change]) -> Sequence[Entry]:
    return [entry_of(change, width=0) for change in changes]


def _by_type(changes: Sequence[Change]) -> Sequence[Entry]:
    return list(by_type(changes)) if len(changes) > MOST_NAMED else _named(changes)


def _at_once(changes: Sequence[Change]) -> Sequence[Entry]:
    return [all_at_once(changes)] if len(changes) > 1 else _named(changes)


def _shortened(entry: Entry) -> Entry:
    left = len(entry.lines) - 1 - MOST_ATTRIBUTES
    if left <= 1:
        return entry
    shown = (*entry.lines[: MOST_ATTRIBUTES + 1], f"    … {left} more attributes")
    return replace(entry, lines=shown, folded=True)


def _needed(entries: Sequence[Entry]) -> int:
    """Lines of these entries with the titles of their layers."""
    return sum(len(entry.lines) for entry in entries) + len({entry.layer for entry in entries})


def _fitting(entries: Sequence[Entry], lines: int) -> list[Entry]:
    """Entries that fit into `lines` with their titles, the dangerous ones first, in the order that they came in."""
    chosen: dict[int, Entry] = {}
    for entry in sort_entries(entries):
        alone = replace(entry, lines=entry.lines[:1], folded=True)
        for form in (entry, alone):
            if _needed([*chosen.values(), form]) <= lines:
                chosen[id(entry)] = form
                break
    return [chosen[id(entry)] for entry in entries if id(entry) in chosen]


def _title(layer: LayerChanges, *, nothing: bool = False) -> str:
    note = " (preview, not applied by this bundle)" if layer.preview else ""
    return f"{layer.name}{note}{': no changes' if nothing else ''}"


def _shown(entry: Entry) -> Iterator[tuple[str, str]]:
    for number, text in enumerate(entry.lines):
        yield f"  {text}", "" if number else STYLES[entry.action]


def _print(console: Console, text: str, style: str) -> None:
    console.print(text, style=style or None, markup=False, emoji=False, highlight=False, soft_wrap=True)
