"""Alarms of tasks, load balancer and edge, and of what asks them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from constructs_lib.observability.alarms import Alarm

ALB, ECS, CLOUDFRONT, WAF = "AWS/ApplicationELB", "AWS/ECS", "AWS/CloudFront", "AWS/WAFV2"


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
