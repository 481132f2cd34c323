"""What a report is made of: plain values that the commands hand in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pipeline.scan.model import Verdict
from pipeline.synth.layers import Synthesis

if TYPE_CHECKING:
    from pipeline.cost import Estimate

LayerStatus = Literal["planned", "preview", "applied", "unchanged", "synthesised"]


@dataclass(frozen=True)
class LayerResult:
    """How far one layer got. `plan` is `terraform show -json`, `outputs` is `terraform output -json`."""

    name: str
    status: LayerStatus = "synthesised"
    plan: Mapping[str, Any] | None = None
    outputs: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class ReportInput:
    """Everything a report shows. `uncovered` maps resource types to why the emulators can't create them."""

    env_name: str
    account_id: str
    region: str
    commit: str
    created: str
    synthesis: Synthesis
    verdict: Verdict | None = None
    layers: tuple[LayerResult, ...] = ()
    uncovered: Mapping[str, str] = field(default_factory=dict)
    replan_changes: int | None = None
    next_steps: tuple[str, ...] = ()
    cost: Estimate | None = None
    cost_before: Estimate | None = None
