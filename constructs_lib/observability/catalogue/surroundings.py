"""Alarms of certificates, and of events that reach nobody."""

from __future__ import annotations

from collections.abc import Sequence

from constructs_lib.observability.alarms import Alarm

# Days that a certificate has left when people are told: ACM renews it 60 days before its end ("Managed renewal").
DAYS_LEFT = 30


def certificate_alarms(*, certificate_arn: str) -> tuple[Alarm, ...]:
    """ACM renews 60 days before the end; half of them are left when it is clear that it can't."""
    return (
        Alarm(
            id="certificate",
            description=f"The certificate ends in less than {DAYS_LEFT} days, and ACM hasn't renewed it",
            namespace="AWS/CertificateManager",
            metric="DaysToExpiry",
            dimensions={"CertificateArn": certificate_arn},
            statistic="Minimum",
            comparison="LessThanThreshold",
            threshold=DAYS_LEFT,
            runbook="certificate-not-validating",
            period_seconds=86_400,
            periods=1,
            # An expired certificate has no such metric: the alarm stays as it is.
            missing="ignore",
        ),
    )


def delivery_alarms(*, rules: Sequence[str]) -> tuple[Alarm, ...]:
    """An event that should have told people reached no topic: rules without a queue for what they can't deliver."""
    first, *others = ({"RuleName": rule} for rule in rules)
    return (
        Alarm(
            id="rules_failed",
            description="An event that people should hear of reached no topic",
            namespace="AWS/Events",
            metric="FailedInvocations",
            dimensions=first,
            added=others,
            statistic="Sum",
            threshold=1,
            runbook="undelivered-finding",
            period_seconds=300,
            periods=1,
        ),
    )
