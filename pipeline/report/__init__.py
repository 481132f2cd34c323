"""Report of an environment: architecture, plan changes, scan and price. It holds no sensitive value."""

from __future__ import annotations

from pipeline.report.model import LayerResult, ReportInput
from pipeline.report.render import write_report

__all__ = ["LayerResult", "ReportInput", "write_report"]
