"""The scan gate: checkov, own rules and proofs over all layers at once, with waivers applied; fails closed.

`gate` judges a synthesised folder, `gate_plan` the plan of one layer. `preload` starts the slow import early, so that
it overlaps synthesis.
"""

from __future__ import annotations

from pipeline.scan.gate import gate
from pipeline.scan.model import Finding, Verdict, Waived, Waiver
from pipeline.scan.plan import gate_plan
from pipeline.scan.toolkit import preload

__all__ = ["Finding", "Verdict", "Waived", "Waiver", "gate", "gate_plan", "preload"]
