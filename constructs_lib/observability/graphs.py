"""The graphs of the dashboard of the site, one function a part. What alarms watch comes with their thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from config.objectives import BUDGET_DAYS
from config.place import GLOBAL_REGION
from constructs_lib.observability.alarms import Board, WatchedAlarm
from constructs_lib.observability.dashboard import Graph, Section
from constructs_lib.observability.measures import Measure, measured
from constructs_lib.observability.objectives import Objective

_ALB, _ECS, _CLOUDFRONT, _WAF = "AWS/ApplicationELB", "AWS/ECS", "AWS/CloudFront", "AWS/WAFV2"
_ANONYMOUS = "awswaf:managed:aws:anonymous-ip-list"
_HOUR, _DAY = 3_600, 86_400


class Undrawn:
    """Alarms by the graphs that have taken them: each is drawn once, and `rest` tells which nobody has taken."""

    def __init__(self, alarms: Sequence[WatchedAlarm]) -> None:
        self._left = list(alarms)

    def take(self, *ids: str, prefix: str = "", name: str = "") -> tuple[WatchedAlarm, ...]:
        """Alarms of these ids in order, or whose id begins with `prefix`; with `name` only those below that name."""
        fits = [alarm for alarm in self._left if not name or alarm.name.startswith(f"{name}-")]
        found = [alarm for id_ in ids for alarm in fits if alarm.id == id_]
        found += [alarm for alarm in fits if prefix and alarm.id.startswith(prefix)]
        self._left = [alarm for alarm in self._left if alarm not in found]
        return tuple(found)

    def rest(self, board: Board) -> tuple[Section, ...]:
        """A graph for each alarm of a dashboard that no other graph has."""
        left = [alarm for alarm in self._left if alarm.board == board and alarm.measure]
        graphs = tuple(Graph(alarm.id.replace("_", " "), (alarm,), region=alarm.region) for alarm in left)
        return (Section("Other alarms", graphs),) if graphs else ()


def objective_graphs(alarms: Undrawn, *, name: str, objective: Objective, title: str) -> tuple[Graph, ...]:
    """How fast an objective burns, in the windows of its alarms, and what of it a month has used up.

    An alarm looks back seven days at most (PutMetricAlarm), so the month has none; at 100 % the objective is missed.
    """
    windows = tuple(_named_by_window(alarm) for alarm in alarms.take(*_WINDOWS, name=name))
    used_up = (f"nothing is left of {BUDGET_DAYS} days", 100.0)
    return (
        Graph(f"{title}: failures by window, %", windows),
        Graph(
            f"{title}: used up in {BUDGET_DAYS} days, %",
            measures=(objective.month,),
            days=BUDGET_DAYS,
            limits=(used_up,),
        ),
    )


_WINDOWS = ("fast_long", "fast_short", "slow_long", "slow_short")


def _named_by_window(alarm: WatchedAlarm) -> WatchedAlarm:
    """An alarm whose line says its window: what all of them count is the graph's title."""
    assert alarm.measure, "an alarm on a window has a measure"
    minutes = alarm.measure.metrics[0].period_seconds // 60
    return replace(alarm, measure=replace(alarm.measure, label=f"within {minutes} minutes"))


def probe_graphs(alarms: Undrawn, *, namespace: str, minutes: int) -> tuple[Graph, ...]:
    """What became of the probe's questions, of which there is one in `minutes`; times only of those that had them."""
    answered, first, whole = (
        measured(namespace, {}, metric, statistic=statistic, seconds=60 * minutes, label=label)
        for metric, statistic, label in (
            ("ProbeAnswered", "Minimum", ""),
            ("ProbeFirstToken", "Maximum", "first token"),
            ("ProbeLatency", "Maximum", "whole answer"),
        )
    )
    return (
        Graph("Questions of the probe: 1 answered, 0 not", alarms.take("probe"), answered),
        Graph("The probe waits for an answer, ms", measures=(*first, *whole)),
    )


def edge_graphs(alarms: Undrawn, *, distribution_id: str, web_acl_name: str, managed_rules: bool) -> tuple[Graph, ...]:
    """Requests, errors and blocked requests at CloudFront, which reports in us-east-1.

    With the managed rules also requests from hidden addresses: many at once may be abuse of a model that costs money.
    """
    site = {"DistributionId": distribution_id, "Region": "Global"}
    acl = {"WebACL": web_acl_name, "Rule": "ALL"}
    return (
        Graph("Requests of visitors", measures=measured(_CLOUDFRONT, site, "Requests"), region=GLOBAL_REGION),
        Graph(
            "Errors at the edge, %",
            alarms.take("edge_5xx"),
            measured(_CLOUDFRONT, site, "4xxErrorRate", statistic="Average"),
            GLOBAL_REGION,
        ),
        Graph(
            "Firewall, requests in 5 minutes",
            alarms.take("waf_blocked"),
            measured(_WAF, acl, "AllowedRequests", seconds=300),
            GLOBAL_REGION,
        ),
        *((_anonymous(web_acl_name),) if managed_rules else ()),
    )


def _anonymous(web_acl_name: str) -> Graph:
    """Requests by the labels of WAF's list ("Label metrics and dimensions", WAF developer guide)."""
    return Graph(
        "Requests from VPNs, proxies, Tor and data centres",
        measures=tuple(
            measure
            for label in ("AnonymousIPList", "HostingProviderIPList")
            for metric in ("AllowedRequests", "BlockedRequests")
            for measure in measured(
                _WAF,
                {"LabelName": label, "LabelNamespace": _ANONYMOUS, "WebACL": web_acl_name},
                metric,
                label=f"{metric.removesuffix('Requests')}, {label.removesuffix('List')}",
            )
        ),
        region=GLOBAL_REGION,
    )


def load_balancer_graphs(alarms: Undrawn, *, alb: str, target_groups: Sequence[str]) -> tuple[Graph, ...]:
    """Answers, delay and healthy targets. Failed TLS stands beside the answers, because such a task gives none.

    Each group has its own lines, where releases use two by turns; alarms watch the sum.
    """
    targets = [{"LoadBalancer": alb, "TargetGroup": group} for group in target_groups]
    numbered = [(f", group {at + 1}" if len(targets) > 1 else "", target) for at, target in enumerate(targets)]

    def lines(*metrics: tuple[str, str]) -> tuple[Measure, ...]:
        return tuple(
            each
            for group, target in numbered
            for metric, label in metrics
            for each in measured(_ALB, target, metric, label=f"{label}{group}")
        )

    successes = lines(("HTTPCode_Target_2XX_Count", "2xx"), ("HTTPCode_Target_4XX_Count", "4xx"))
    failures = lines(("TargetTLSNegotiationErrorCount", "failed TLS"))
    healthy = tuple(
        each
        for group, target in numbered
        for each in measured(_ALB, target, "HealthyHostCount", statistic="Maximum", label=f"healthy{group}")
    )
    return (
        Graph("Answers of the application", measures=successes),
        Graph("Failures of the application", alarms.take("target_5xx", "errors"), failures),
        Graph("Failures of the load balancer", alarms.take("alb_5xx")),
        Graph(
            "Time to answer, seconds",
            alarms.take("slow_answers"),
            measured(_ALB, {"LoadBalancer": alb}, "TargetResponseTime", statistic="p50", label="p50"),
        ),
        Graph("Targets", alarms.take("no_targets", "unhealthy_targets", "unhealthy"), healthy),
    )


def service_graphs(alarms: Undrawn, *, cluster: str, name: str, insights: bool) -> tuple[Graph, ...]:
    """CPU, memory and number of tasks; the wanted number only with Container Insights."""
    dimensions = {"ClusterName": cluster, "ServiceName": name}
    if insights:
        counts = measured(
            "ECS/ContainerInsights", dimensions, "RunningTaskCount", "DesiredTaskCount", statistic="Average"
        )
    else:
        # Each task reports its CPU once a minute (ECS developer guide, service utilization).
        counts = measured(_ECS, dimensions, "CPUUtilization", statistic="SampleCount", label="running tasks")
    return (
        Graph("CPU and memory of the tasks, %", alarms.take("cpu", "memory")),
        Graph("Tasks", measures=counts),
    )


def search_graphs(alarms: Undrawn) -> tuple[Graph, ...]:
    """Load, space and health of OpenSearch, all of which alarms watch."""
    return (
        Graph("OpenSearch load, %", alarms.take("search_cpu", "search_memory", "search_vectors_memory")),
        Graph("OpenSearch free space, MiB", alarms.take("search_storage")),
        Graph("OpenSearch: missing shards, full vector index", alarms.take("search_red", "search_vectors")),
    )


def ingestion_graphs(alarms: Undrawn, *, namespace: str, sources: Sequence[str]) -> tuple[Graph, ...]:
    """Runs that succeeded and pages in quarantine; with the application's `namespace` also pages by run."""
    pages = tuple(
        measure
        for source in sources
        for metric, label in (("Pages", "pages"), ("FailedPages", "failed"))
        for measure in measured(namespace, {"Source": source}, metric, seconds=_HOUR, label=f"{source}: {label}")
    )
    return (
        Graph("Runs of ingestion that succeeded, by source", alarms.take(prefix="stale_")),
        Graph("Pages of a run", measures=pages if namespace else ()),
        Graph("Pages in quarantine", alarms.take("quarantined")),
    )


def told_graphs(alarms: Undrawn) -> tuple[Graph, ...]:
    """Messages that reached nobody, and certificates that end, each in its region."""
    certificates = alarms.take("certificate")
    return (
        Graph("Events and findings that reached nobody", alarms.take("rules_failed", "messages")),
        *(
            Graph(f"Certificate{', CloudFront' if each.region else ''}: days left", (each,), region=each.region)
            for each in certificates
        ),
    )


def account_graphs(alarms: Undrawn, *, watches: Sequence[str]) -> tuple[Graph, ...]:
    """Changes of the account that the trail records, by the controls of CIS, five in a graph."""
    groups = [watches[first : first + 5] for first in range(0, len(watches), 5)]
    return tuple(
        Graph(f"Changes of the account, {at} of {len(groups)}", alarms.take(*group))
        for at, group in enumerate(groups, start=1)
    )
