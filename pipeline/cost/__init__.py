"""The price of an environment a month, worked out from what was synthesised and a dated price table."""

from pipeline.cost.ceiling import hold_ceiling
from pipeline.cost.estimate import estimate
from pipeline.cost.model import Line, Range
from pipeline.cost.result import Estimate

__all__ = ["Estimate", "Line", "Range", "estimate", "hold_ceiling"]
