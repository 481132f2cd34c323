"""Alarms of what answers rest on: the search domain, and the pages that are put into it."""

from __future__ import annotations

from collections.abc import Sequence

from constructs_lib.observability.alarms import Alarm

# Metric of pages in quarantine, beside metrics that are called as sources are, which begin with a small letter.
QUARANTINED = "QuarantinedPages"


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
