"""The alarms of this service, described: what is watched, when it is too much, and what that means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from config.alarm_text import NOT_READ, Severity
from constructs_lib.observability.alarms import Alarm
from constructs_lib.observability.objectives import Objective

ALB, ECS, CLOUDFRONT, WAF = "AWS/ApplicationELB", "AWS/ECS", "AWS/CloudFront", "AWS/WAFV2"
# Days that a certificate has left when people are told: ACM renews it 60 days before its end ("Managed renewal").
DAYS_LEFT = 30
# Metric of pages in quarantine, beside metrics that are called as sources are, which begin with a small letter.
QUARANTINED = "QuarantinedPages"


def service_alarms(*, cluster_name: str, service_name: str, cpu_percent: int, memory_percent: int) -> tuple[Alarm, ...]:
    """CPU and memory of the tasks."""
    dimensions = {"ClusterName": cluster_name, "ServiceName": service_name}
    return (
        Alarm(
            id="cpu",
            description="Tasks near their CPU limit: scaling has reached its maximum or lags behind",
            namespace=ECS,
            metric="CPUUtilization",
            dimensions=dimensions,
            threshold=cpu_percent,
            runbook="tasks-overloaded",
        ),
        Alarm(
            id="memory",
            description="Tasks near their memory limit: they will be killed beyond it",
            namespace=ECS,
            metric="MemoryUtilization",
            dimensions=dimensions,
            threshold=memory_percent,
            runbook="tasks-overloaded",
        ),
    )


def load_balancer_alarms(*, alb_suffix: str, target_group_suffixes: Sequence[str], serving: bool) -> tuple[Alarm, ...]:
    """Failing and slow targets, and with `serving`, where tasks are meant to run, none at all.

    Of several groups, which releases use by turns, each counts. Slowness of all is the load balancer's: percentiles
    can't be added.
    """
    balancer = {"LoadBalancer": alb_suffix}
    target, *others = _targets(alb_suffix, target_group_suffixes)
    no_targets = Alarm(
        id="no_targets",
        severity="page",
        description="No task passes its health check: the site is down",
        namespace=ALB,
        metric="HealthyHostCount",
        dimensions=target,
        added=others,
        statistic="Maximum",
        comparison="LessThanThreshold",
        threshold=1,
        runbook="site-down",
        # A group without targets has no such metric.
        missing="breaching",
    )
    return (
        *((no_targets,) if serving else ()),
        replace(
            _errors(alb_suffix, target_group_suffixes),
            id="target_5xx",
            severity="page",
            description="The application answers with errors",
            threshold=10,
            periods=3,
            breaching_periods=2,
        ),
        Alarm(
            id="alb_5xx",
            severity="page",
            description="The load balancer can't reach the application, or gives up on it",
            namespace=ALB,
            metric="HTTPCode_ELB_5XX_Count",
            dimensions=balancer,
            statistic="Sum",
            threshold=10,
            runbook="site-down",
            periods=3,
            breaching_periods=2,
        ),
        _unhealthy(alb_suffix, target_group_suffixes),
        Alarm(
            id="slow_answers",
            description="One request in twenty takes longer than 30 seconds",
            namespace=ALB,
            metric="TargetResponseTime",
            dimensions=balancer if others else target,
            statistic="p95",
            threshold=30,
            runbook="tasks-overloaded",
        ),
    )


def rollback_alarms(*, alb_suffix: str, target_group_suffixes: Sequence[str]) -> tuple[Alarm, ...]:
    """Alarms that take a release back: sooner than those for people, and over all groups, of which two take turns.

    A release starts from either group, so that none of them is the new tasks' for good. A rolling one has one group.
    """
    taken_back = "a release that is under way is taken back"
    return (
        replace(
            _errors(alb_suffix, target_group_suffixes),
            description=f"Tasks answer with errors: {taken_back}",
            runbook="failed-release",
        ),
        replace(
            # New tasks are no targets in service until they passed their first checks.
            _unhealthy(alb_suffix, target_group_suffixes),
            id="unhealthy",
            description=f"Tasks fail their health check: {taken_back}",
            runbook="failed-release",
        ),
    )


def _errors(alb_suffix: str, target_group_suffixes: Sequence[str]) -> Alarm:
    """Errors of the tasks of all groups, in one minute."""
    target, *others = _targets(alb_suffix, target_group_suffixes)
    return Alarm(
        id="errors",
        description="Tasks answer with errors",
        namespace=ALB,
        metric="HTTPCode_Target_5XX_Count",
        dimensions=target,
        added=others,
        statistic="Sum",
        threshold=5,
        runbook="answers-fail",
        periods=1,
    )


def _unhealthy(alb_suffix: str, target_group_suffixes: Sequence[str]) -> Alarm:
    """Unhealthy tasks in any of the groups."""
    target, *others = _targets(alb_suffix, target_group_suffixes)
    return Alarm(
        id="unhealthy_targets",
        description="Tasks fail their health check",
        namespace=ALB,
        metric="UnHealthyHostCount",
        dimensions=target,
        added=others,
        statistic="Maximum",
        threshold=1,
        runbook="site-down",
        periods=3,
    )


def _targets(alb_suffix: str, target_group_suffixes: Sequence[str]) -> list[dict[str, str]]:
    """Dimensions of each group behind a load balancer."""
    return [{"LoadBalancer": alb_suffix, "TargetGroup": suffix} for suffix in target_group_suffixes]


def search_alarms(*, domain_name: str, account_id: str, volume_gib: int) -> tuple[Alarm, ...]:
    """Health, space and memory of the OpenSearch domain."""
    dimensions = {"DomainName": domain_name, "ClientId": account_id}

    def alarm(id_: str, description: str, metric: str, threshold: float, **options: str) -> Alarm:
        return Alarm(
            id=f"search_{id_}",
            description=description,
            namespace="AWS/ES",
            metric=metric,
            dimensions=dimensions,
            threshold=threshold,
            runbook="search-domain",
            severity="page" if id_ == "red" else "ticket",
            statistic=options.get("statistic", "Maximum"),
            comparison=options.get("comparison", "GreaterThanOrEqualToThreshold"),
        )

    return (
        alarm("red", "A primary shard is missing: answers lack part of the site", "ClusterStatus.red", 1),
        alarm("memory", "The heap is nearly full: the node will reject requests", "JVMMemoryPressure", 90),
        alarm("cpu", "The node is out of CPU, or of CPU credits on a t3", "CPUUtilization", 90, statistic="Average"),
        alarm("vectors", "The vector index no longer fits its memory", "KNNCacheCapacityReached", 1),
        alarm("vectors_memory", "The vector index nearly fills its memory", "KNNGraphMemoryUsagePercentage", 80),
        alarm(
            "storage",
            "Less than a quarter of the disk is free; writes stop when it is full",
            "FreeStorageSpace",
            volume_gib * 1024 / 4,  # the metric is in MiB
            statistic="Minimum",
            comparison="LessThanThreshold",
        ),
    )


_MODEL_ALARMS: tuple[tuple[str, str, Severity, str], ...] = (
    ("model_throttled", "InvocationThrottles", "ticket", "Bedrock throttles: ask for a higher quota"),
    ("model_errors", "InvocationServerErrors", "page", "Bedrock fails to answer"),
    ("model_refused", "InvocationClientErrors", "ticket", "Bedrock refuses calls of the model"),
)
# Milliseconds in which the model ends an answer; the load balancer's own alarm has the same limit (`slow_answers`).
_SLOW_MS = 30_000


def model_alarms(*, model_id: str) -> tuple[Alarm, ...]:
    """Throttled, failing, refused and slow calls of the answering model."""
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
    return (*counted, slow)


def quota_alarm(*, model_id: str, percent: int, asleep: bool) -> Alarm:
    """Calls use `percent` of the account's tokens per minute, of which the threshold is read where it is applied.

    Bedrock counts what has ended well, and a call reserves its longest answer when it begins: calls may be refused
    before a minute is full.
    """
    full = percent >= 100
    return Alarm(
        id=f"tokens_{percent}",
        description=f"Calls of the model use {percent} % of its quota of tokens per minute",
        namespace="AWS/Bedrock",
        metric="EstimatedTPMQuotaUsage",
        dimensions={"ModelId": model_id},
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


def probe_alarms(*, namespace: str, minutes: int) -> tuple[Alarm, ...]:
    """Two questions of three of the probe weren't answered; it asks every `minutes`, 1 to 60.

    Where it asks no more, the topic hears that there is no data.
    """
    return (
        Alarm(
            id="probe",
            severity="page",
            description="The probe's questions at the public address aren't answered",
            namespace=namespace,
            metric="ProbeAnswered",
            statistic="Minimum",
            comparison="LessThanThreshold",
            threshold=1,
            runbook="site-down",
            period_seconds=60 * minutes,
            # A question may fall into the minute after its period: of three periods one has none then.
            periods=3,
            breaching_periods=2,
            # A new alarm has no data before the first question, which is no failure.
            missing="missing",
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


def ingestion_alarms(*, namespace: str, sources: Sequence[str], stale_after_hours: int) -> tuple[Alarm, ...]:
    """A source wasn't ingested for `stale_after_hours`, 1 to 168: an alarm looks at 7 days at most (PutMetricAlarm).

    Each source has a metric of its name that counts its successes.
    """
    return tuple(
        Alarm(
            id=f"stale_{source.replace('-', '_')}",
            description=f"{source} wasn't ingested for {stale_after_hours} hours",
            namespace=namespace,
            metric=source,
            statistic="Sum",
            comparison="LessThanThreshold",
            threshold=1,
            runbook="stale-index",
            period_seconds=3600,
            periods=stale_after_hours,
            # Without a success there is no metric.
            missing="breaching",
        )
        for source in sources
    )


def quarantine_alarm(*, namespace: str) -> Alarm:
    """A page holds an attack; the metric counts such pages. A run meets all of them within an hour or so."""
    return Alarm(
        id="quarantined",
        description="The guardrail found a prompt attack in a page of a source; the page is left out",
        namespace=namespace,
        metric=QUARANTINED,
        statistic="Sum",
        threshold=1,
        runbook="quarantined-page",
        period_seconds=3600,
        periods=1,
    )


def edge_alarms(*, distribution_id: str, web_acl_name: str) -> tuple[Alarm, ...]:
    """Errors visitors see and requests WAF blocks. CloudFront and WAF publish in us-east-1 only."""
    return (
        Alarm(
            id="edge_5xx",
            severity="page",
            description="More than one request in twenty fails for visitors",
            namespace=CLOUDFRONT,
            metric="5xxErrorRate",
            dimensions={"DistributionId": distribution_id, "Region": "Global"},
            threshold=5,
            runbook="answers-fail",
            comparison="GreaterThanThreshold",
        ),
        Alarm(
            id="waf_blocked",
            description="WAF blocks many requests: an attack, or a rule that blocks people",
            namespace=WAF,
            metric="BlockedRequests",
            # For scope CLOUDFRONT the metric has no Region dimension (WAF developer guide, metrics).
            dimensions={"WebACL": web_acl_name, "Rule": "ALL"},
            statistic="Sum",
            threshold=1000,
            runbook="blocked-requests",
            period_seconds=300,
            periods=1,
        ),
    )
