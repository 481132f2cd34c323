"""Runs: what a command starts outlives it, is logged, and is looked after by the next one."""

from __future__ import annotations

from pipeline.terraform.runs.reading import Runs
from pipeline.terraform.runs.record import ENTRY_NOTE
from pipeline.terraform.runs.settling import settle_runs
from pipeline.terraform.runs.writing import Run

__all__ = ["ENTRY_NOTE", "Run", "Runs", "settle_runs"]
