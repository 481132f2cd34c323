"""The price of an environment a month, calculated from its synthesised resources and a dated price table."""

from __future__ import annotations

from pipeline.cost.estimate import estimate
from pipeline.cost.model import Line, Range
from pipeline.cost.result import Estimate

__all__ = ["Estimate", "Line", "Range", "estimate"]
