"""Which layers can be planned for real in this wave, and which are previews."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NO_OP = ["no-op"]


@dataclass(frozen=True)
class Settled:
    """What is known of a layer once it is planned: the outputs of its state, and those its plan changes.

    `known` holds values that the plan can already tell; an output in `changing` and not in `known` comes with apply.
    """

    preview: bool
    outputs: Mapping[str, Any] = field(default_factory=dict)
    changing: frozenset[str] = frozenset()
    known: Mapping[str, Any] = field(default_factory=dict)

    def tells(self, output: str) -> bool:
        """Is the value that `output` will have known before anything is applied?"""
        return output in self.known or (output in self.outputs and output not in self.changing)


def settle(plan: Mapping[str, Any], state: Mapping[str, Any] | None, *, preview: bool) -> Settled:
    """Read a plan's JSON and the layer's state before it."""
    outputs = {name: each.get("value") for name, each in ((state or {}).get("outputs") or {}).items()}
    changing, known = set(), {}
    for name, change in (plan.get("output_changes") or {}).items():
        if change.get("actions") != NO_OP:
            changing.add(name)
            if not _has_unknown(change.get("after_unknown")) and change.get("actions") != ["delete"]:
                known[name] = change.get("after")
    return Settled(preview, outputs, frozenset(changing), known)


def blocked_by(reads: Mapping[str, tuple[str, ...]], settled: Mapping[str, Settled]) -> str | None:
    """Why a layer can only be previewed, in words; None when it can be planned for real.

    It can when every output it reads exists and stays as it is in this wave.
    """
    for upstream, names in sorted(reads.items()):
        state = settled[upstream]
        if state.preview and names:
            return f"{upstream} is itself a preview"
        for name in names:
            if name not in state.outputs:
                return f"{upstream} is not applied yet"
            if name in state.changing:
                return f"{upstream} changes what it hands on"
    return None


def _has_unknown(value: Any) -> bool:
    """`after_unknown` is true, or a structure with true wherever a part is unknown."""
    if isinstance(value, Mapping):
        return any(_has_unknown(each) for each in value.values())
    if isinstance(value, list):
        return any(_has_unknown(each) for each in value)
    return bool(value)
