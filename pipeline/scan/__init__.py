"""The scan gate: checkov and our own rules over all layers at once, waivers applied, failing closed.

`gate` judges a synthesised folder, `preload` starts the slow import while synthesis runs.
"""

from pipeline.scan.gate import gate
from pipeline.scan.model import Finding, Verdict, Waived, Waiver
from pipeline.scan.toolkit import preload

__all__ = ["Finding", "Verdict", "Waived", "Waiver", "gate", "preload"]
