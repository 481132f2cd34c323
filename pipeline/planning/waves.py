"""Which layers can be planned for real in this wave, and which are previews."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.doctor.account import delegation
from pipeline.doctor.account.asking import Account, UnansweredError
from pipeline.session import Session
from pipeline.synth.layers import Layer
from terraform_json.blocks import resources
from terraform_json.plan import output_changes
from terraform_json.state import holds_type, output_values

# Creating it waits until a certificate is issued, which needs the zone to be asked: 45 minutes for nothing otherwise.
WAITS_FOR_DELEGATION = "aws_acm_certificate_validation"


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
    changing, known = set(), {}
    for name, change in output_changes(plan):
        changing.add(name)
        if not _has_unknown(change.get("after_unknown")) and change.get("actions") != ["delete"]:
            known[name] = change.get("after")
    return Settled(preview, output_values(state), frozenset(changing), known)


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


def undelegated(session: Session, layer: Layer, state: Mapping[str, Any] | None) -> str:
    """Why a layer waits for the delegation of its zone, in words; empty when it need not.

    No output of another layer tells. Nobody delegates a zone of the emulated AWS.
    """
    waits = any(each.type == WAITS_FOR_DELEGATION for each in resources(layer.config))
    if session.env.emulated or not waits or holds_type(state, WAITS_FOR_DELEGATION):
        return ""
    try:
        return next((each.detail for each in delegation.examine(Account(session)) if each.light != "green"), "")
    except UnansweredError as reason:
        return str(reason)


def _has_unknown(value: Any) -> bool:
    """`after_unknown` is true, or a structure with true wherever a part is unknown."""
    if isinstance(value, Mapping):
        return any(_has_unknown(each) for each in value.values())
    if isinstance(value, list):
        return any(_has_unknown(each) for each in value)
    return bool(value)
