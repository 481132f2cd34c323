"""Objectives of the service."""

from __future__ import annotations

from constructs_lib.observability.objectives import Objective


def availability_objective(*, namespace: str, percent: float) -> Objective:
    """So many questions are answered, as the application counts them; what never reaches it has alarms of its own."""
    return Objective(
        description="Questions fail faster than the objective allows",
        share="questions that failed, %",
        percent=percent,
        namespace=namespace,
        metric="Failures",
        failures="Sum",
        runbook="objective-burns",
    )


def first_token_objective(*, namespace: str, percent: float, seconds: float) -> Objective:
    """So many answers begin within `seconds`."""
    return Objective(
        description=f"Answers begin later than {seconds:g} seconds more often than the objective allows",
        share=f"answers that begin later than {seconds:g} seconds, %",
        percent=percent,
        namespace=namespace,
        metric="TimeToFirstToken",
        # Values above so many milliseconds ("CloudWatch statistics definitions", trimmed count).
        failures=f"TC({seconds * 1000:g}:)",
        runbook="objective-burns",
    )
