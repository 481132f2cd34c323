"""Alarms of the model and its quota."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from config.alarm_text import NOT_READ, Severity
from constructs_lib.observability.alarms import Alarm

_MODEL_ALARMS: tuple[tuple[str, str, Severity, str], ...] = (
    ("model_throttled", "InvocationThrottles", "ticket", "Bedrock throttles: ask for a higher quota"),
    ("model_errors", "InvocationServerErrors", "page", "Bedrock fails to answer"),
    ("model_refused", "InvocationClientErrors", "ticket", "Bedrock refuses calls of the model"),
)
# How people call a model.
_MODELS = {"tokens": "the model", "embedded": "the model that embeds"}
# Milliseconds in which the model ends an answer; the load balancer's own alarm has the same limit (`slow_answers`).
_SLOW_MS = 30_000


def model_alarms(*, model_id: str, profile_id: str = "") -> tuple[Alarm, ...]:
    """Throttled, failing, refused and slow calls of the answering model.

    With `profile_id` counts under both names are added: no document of AWS says which of them `ModelId` is for calls
    through an application profile (Cloud Custodian's metrics filter asks for the profile's id). A percentile can't be
    added, so slow calls have an alarm for each name.
    """
    dimensions = {"ModelId": model_id}
    slow = Alarm(
        id="model_slow",
        description="One answer of the model in twenty takes longer than 30 seconds",
        namespace="AWS/Bedrock",
        metric="InvocationLatency",
        dimensions=dimensions,
        statistic="p95",
        threshold=_SLOW_MS,
        runbook="model-refuses",
        board="model",
    )
    counted = tuple(
        Alarm(
            id=id_,
            description=description,
            namespace="AWS/Bedrock",
            metric=metric,
            dimensions=dimensions,
            added=of_profile(profile_id),
            statistic="Sum",
            threshold=5,
            runbook="model-refuses",
            severity=severity,
            board="model",
            periods=3,
            breaching_periods=2,
        )
        for id_, metric, severity, description in _MODEL_ALARMS
    )
    slow_ones = (replace(slow, id="model_slow_profile", dimensions=each) for each in of_profile(profile_id))
    return (*counted, slow, *slow_ones)


def of_profile(profile_id: str) -> tuple[Mapping[str, str], ...]:
    """Dimensions of calls that Bedrock may count under an application profile; none without one."""
    return ({"ModelId": profile_id},) if profile_id else ()


def spent_alarm(*, namespace: str, usd: float, asleep: bool) -> Alarm:
    """Answers of 24 hours cost `usd` or more, by the application's own count: Bedrock's has no dollars."""
    return Alarm(
        id="spent_a_day",
        description=f"Answers of a day cost {usd:g} USD",
        namespace=namespace,
        metric="Cost",
        statistic="Sum",
        threshold=usd,
        runbook="model-spend",
        board="model",
        # The longest that an alarm looks at with periods below an hour's multiple (PutMetricAlarm).
        period_seconds=86_400,
        periods=1,
        asleep=asleep,
    )


def quota_alarm(*, kind: str, model_id: str, percent: int, asleep: bool, profile_id: str = "") -> Alarm:
    """Calls use `percent` of the account's tokens per minute, of which the threshold is read where it is applied.

    `kind` of model is `tokens` for the one that answers and `embedded` for the one that embeds.

    Bedrock counts what has ended well, and a call reserves its longest answer when it begins: calls may be refused
    before a minute is full.
    """
    full = percent >= 100
    return Alarm(
        id=f"{kind}_{percent}",
        description=f"Calls of {_MODELS[kind]} use {percent} % of its quota of tokens per minute",
        namespace="AWS/Bedrock",
        metric="EstimatedTPMQuotaUsage",
        dimensions={"ModelId": model_id},
        added=of_profile(profile_id),
        statistic="Sum",
        threshold=NOT_READ,
        runbook="model-refuses",
        severity="page" if full else "ticket",
        board="model",
        # A full minute is one in which visitors are refused; half of it is news only where it lasts.
        periods=1 if full else 5,
        breaching_periods=None if full else 3,
        asleep=asleep,
    )
