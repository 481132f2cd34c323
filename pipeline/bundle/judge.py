"""Scan the plans of a bundle: they hold the values that the synthesised files have only as references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.console import step
from pipeline.errors import counted
from pipeline.gates import refuse_findings
from pipeline.planning.planner import LayerPlan
from pipeline.session import Session

if TYPE_CHECKING:
    from pipeline.scan import Verdict


def judge_plans(session: Session, verdict: Verdict, plans: Sequence[LayerPlan]) -> Verdict:
    """Scan every plan that changes something, and merge the result into `verdict`, the one on the synthesised files.

    Previews are left out: they hold placeholders. Raises SitechatError (4) naming the findings. Plans are scanned one
    after the other, since checkov keeps its settings for the whole process.
    """
    from pipeline.scan import gate_plan

    real = [plan for plan in plans if not plan.preview and plan.counts.any]
    if not real:
        return verdict
    with step(f"scan the plans of {counted(len(real), 'layer')}"):
        for plan in real:
            verdict = merge_verdicts(verdict, gate_plan(dict(plan.plan), plan.name, session.env))
    refuse_findings(verdict, session.env_ref)
    return verdict


def merge_verdicts(one: Verdict, other: Verdict) -> Verdict:
    """Merge two verdicts. A finding of both counts once, and is waived only when both waive it."""
    findings = {(each.check, each.address): each for each in (*other.findings, *one.findings)}
    waived = {(each.finding.check, each.finding.address): each for each in (*other.waived, *one.waived)}
    return replace(
        one,
        findings=tuple(sorted(findings.values())),
        waived=tuple(each for key, each in sorted(waived.items()) if key not in findings),
        problems=tuple(dict.fromkeys((*one.problems, *other.problems))),
        checks_run=one.checks_run + other.checks_run,
        sources=tuple(dict.fromkeys((*one.sources, *other.sources))),
    )
