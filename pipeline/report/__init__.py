"""The report of an environment: what it is, what a plan changes, what the scan says. No value in it is sensitive."""

from __future__ import annotations

from pipeline.report.model import LayerResult, ReportInput
from pipeline.report.render import render

__all__ = ["LayerResult", "ReportInput", "render"]
