"""Decide which layers are planned for real in this wave, and which are only previewed."""

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

# Creating it waits until the certificate is issued; without a delegated zone, 45 minutes for nothing.
WAITS_FOR_DELEGATION = "aws_acm_certificate_validation"


@dataclass(frozen=True)
class LayerOutputs:
    """The outputs of a layer once it is planned: `stored` in its state, and `changing` by its plan.

    `planned` holds new values the plan already knows; an output in `changing` but not in `planned` needs the apply.
    """

    preview: bool
    stored: Mapping[str, Any] = field(default_factory=dict)
    changing: frozenset[str] = frozenset()
    planned: Mapping[str, Any] = field(default_factory=dict)

    def is_known(self, output: str) -> bool:
        """Whether the value that `output` will have is known before the apply."""
        return output in self.planned or (output in self.stored and output not in self.changing)


def outputs_after_plan(plan: Mapping[str, Any], state: Mapping[str, Any] | None, *, preview: bool) -> LayerOutputs:
    """Read the outputs of a layer from its plan (JSON) and from its state before the plan."""
    changing, planned = set(), {}
    for name, change in output_changes(plan):
        changing.add(name)
        if not _has_unknown(change.get("after_unknown")) and change.get("actions") != ["delete"]:
            planned[name] = change.get("after")
    return LayerOutputs(preview, output_values(state), frozenset(changing), planned)


def blocked_by(reads: Mapping[str, tuple[str, ...]], outputs: Mapping[str, LayerOutputs]) -> str | None:
    """The reason why a layer can only be previewed; None when it can be planned for real.

    It can when every output it reads exists and doesn't change in this wave.
    """
    for upstream, names in sorted(reads.items()):
        upstream_outputs = outputs[upstream]
        if upstream_outputs.preview and names:
            return f"{upstream} is itself a preview"
        for name in names:
            if name not in upstream_outputs.stored:
                return f"{upstream} is not applied yet"
            if name in upstream_outputs.changing:
                return f"{upstream} changes what it hands on"
    return None


def blocked_by_delegation(session: Session, layer: Layer, state: Mapping[str, Any] | None) -> str:
    """The reason why a layer waits for the delegation of its zone; empty when it need not wait.

    DNS is asked, since no output of another layer shows it. In the emulated AWS nothing waits: its zones are never
    delegated.
    """
    waits = any(each.type == WAITS_FOR_DELEGATION for each in resources(layer.config))
    if session.env.emulated or not waits or holds_type(state, WAITS_FOR_DELEGATION):
        return ""
    try:
        return next((each.detail for each in delegation.examine(Account(session)) if each.light != "green"), "")
    except UnansweredError as reason:
        return str(reason)


def _has_unknown(value: Any) -> bool:
    """Whether a part of a value is unknown. `after_unknown` is true, or a structure with true at each unknown part."""
    if isinstance(value, Mapping):
        return any(_has_unknown(each) for each in value.values())
    if isinstance(value, list):
        return any(_has_unknown(each) for each in value)
    return bool(value)
