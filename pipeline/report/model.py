"""Input of a report: plain values that the commands pass in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pipeline.scan.model import Verdict
from pipeline.synth.layers import Synthesis

if TYPE_CHECKING:
    from pipeline.cost import Estimate
    from pipeline.report.kept_road import KeptRoad

LayerStatus = Literal["planned", "preview", "applied", "unchanged", "synthesised"]


@dataclass(frozen=True)
class LayerResult:
    """Status of one layer. `plan` is `terraform show -json`, `outputs` is `terraform output -json`."""

    name: str
    status: LayerStatus = "synthesised"
    plan: Mapping[str, Any] | None = None
    outputs: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class ShownAnswer:
    """An answer to a question of our own, never a visitor's: its text, and title and address of each source."""

    question: str
    text: str
    sources: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ReportInput:
    """All input of a report.

    `uncovered` maps resource types that the emulators can't create to the reason; `road` is that of a request through
    what is deployed, `answer` what the demo got by it.
    """

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
    road: KeptRoad | None = None
    answer: ShownAnswer | None = None
