"""The graphs of the dashboards, one function a part of the service. What alarms watch comes with their thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from config.objectives import BUDGET_DAYS
from config.place import GLOBAL_REGION
from constructs_lib.observability.alarms import Board, WatchedAlarm
from constructs_lib.observability.dashboard import Graph, Section
from constructs_lib.observability.measures import Measure, Metric
from constructs_lib.observability.objectives import Objective

_ALB, _ECS, _CLOUDFRONT, _WAF, _BEDROCK = (
    "AWS/ApplicationELB",
    "AWS/ECS",
    "AWS/CloudFront",
    "AWS/WAFV2",
    "AWS/Bedrock",
)
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


def _measures(
    namespace: str,
    dimensions: Mapping[str, str],
    *names: str,
    statistic: str = "Sum",
    seconds: int = 60,
    label: str = "",
) -> tuple[Measure, ...]:
    return tuple(Measure((Metric(namespace, name, dimensions, statistic, seconds),), label=label) for name in names)


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
        _measures(namespace, {}, metric, statistic=statistic, seconds=60 * minutes, label=label)
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
        Graph("Requests of visitors", measures=_measures(_CLOUDFRONT, site, "Requests"), region=GLOBAL_REGION),
        Graph(
            "Errors at the edge, %",
            alarms.take("edge_5xx"),
            _measures(_CLOUDFRONT, site, "4xxErrorRate", statistic="Average"),
            GLOBAL_REGION,
        ),
        Graph(
            "Firewall, requests in 5 minutes",
            alarms.take("waf_blocked"),
            _measures(_WAF, acl, "AllowedRequests", seconds=300),
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
            for measure in _measures(
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
            for each in _measures(_ALB, target, metric, label=f"{label}{group}")
        )

    successes = lines(("HTTPCode_Target_2XX_Count", "2xx"), ("HTTPCode_Target_4XX_Count", "4xx"))
    failures = lines(("TargetTLSNegotiationErrorCount", "failed TLS"))
    healthy = tuple(
        each
        for group, target in numbered
        for each in _measures(_ALB, target, "HealthyHostCount", statistic="Maximum", label=f"healthy{group}")
    )
    return (
        Graph("Answers of the application", measures=successes),
        Graph("Failures of the application", alarms.take("target_5xx", "errors"), failures),
        Graph("Failures of the load balancer", alarms.take("alb_5xx")),
        Graph(
            "Time to answer, seconds",
            alarms.take("slow_answers"),
            _measures(_ALB, {"LoadBalancer": alb}, "TargetResponseTime", statistic="p50", label="p50"),
        ),
        Graph("Targets", alarms.take("no_targets", "unhealthy_targets", "unhealthy"), healthy),
    )


def service_graphs(alarms: Undrawn, *, cluster: str, name: str, insights: bool) -> tuple[Graph, ...]:
    """CPU, memory and number of tasks; the wanted number only with Container Insights."""
    dimensions = {"ClusterName": cluster, "ServiceName": name}
    if insights:
        counts = _measures(
            "ECS/ContainerInsights", dimensions, "RunningTaskCount", "DesiredTaskCount", statistic="Average"
        )
    else:
        # Each task reports its CPU once a minute (ECS developer guide, service utilization).
        counts = _measures(_ECS, dimensions, "CPUUtilization", statistic="SampleCount", label="running tasks")
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
        for measure in _measures(namespace, {"Source": source}, metric, seconds=_HOUR, label=f"{source}: {label}")
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


@dataclass(frozen=True)
class Application:
    """The application's metrics by their namespace, without which there are none: ends of questions, policies."""

    namespace: str
    outcomes: Sequence[str]
    policies: Sequence[str]

    def measures(self, *names: str, statistic: str = "Sum", seconds: int = 300, label: str = "") -> tuple[Measure, ...]:
        """Lines of metrics without a dimension; none where the application writes none."""
        if not self.namespace:
            return ()
        return _measures(self.namespace, {}, *names, statistic=statistic, seconds=seconds, label=label)

    def each(self, metric: str, dimension: str, values: Sequence[str], seconds: int = 300) -> tuple[Measure, ...]:
        """A line for each value of a metric's dimension."""
        if not self.namespace:
            return ()
        return tuple(
            measure
            for value in values
            for measure in _measures(self.namespace, {dimension: value}, metric, seconds=seconds, label=value)
        )


def question_graphs(application: Application) -> tuple[Graph, ...]:
    """Questions and answers, as the application counts them."""
    ends = application.each("Questions", "Outcome", application.outcomes)
    first = tuple(
        each
        for statistic in ("p50", "p95")
        for each in application.measures("TimeToFirstToken", statistic=statistic, label=statistic)
    )
    whole = tuple(
        each
        for statistic in ("p50", "p95")
        for each in application.measures("Latency", statistic=statistic, label=statistic)
    )
    return (
        Graph("Questions by how they ended", measures=ends),
        Graph("Visitors wait for an answer to begin, ms", measures=first),
        Graph("Visitors wait for an answer to end, ms", measures=whole),
    )


def model_graphs(alarms: Undrawn, *, model_id: str) -> tuple[Graph, ...]:
    """Calls and delay of the model, as Bedrock counts them: by model and account."""
    dimensions = {"ModelId": model_id}

    def delay(metric: str) -> tuple[Measure, ...]:
        return tuple(
            each
            for statistic in ("p50", "p95")
            for each in _measures(_BEDROCK, dimensions, metric, statistic=statistic, label=statistic)
        )

    return (
        Graph("Calls of the model", measures=_measures(_BEDROCK, dimensions, "Invocations")),
        Graph(
            "Throttled and failed calls",
            alarms.take("model_throttled", "model_errors", "model_refused"),
        ),
        Graph(
            "Tokens a minute as the quota counts them",
            alarms.take(prefix="tokens_"),
            _measures(_BEDROCK, dimensions, "EstimatedTPMQuotaUsage"),
        ),
        Graph("The model's first token, ms", measures=delay("TimeToFirstToken")),
        Graph("The model's whole answer, ms", alarms.take("model_slow"), delay("InvocationLatency")),
    )


def token_graphs(alarms: Undrawn, *, application: Application, model_id: str) -> tuple[Graph, ...]:
    """Tokens in the window of the alarms that stop the model, of the application and of all of the account's calls."""
    window = 900
    return (
        Graph(
            "Tokens of the application in 15 minutes",
            alarms.take("stop"),
            application.measures("InputTokens", "OutputTokens", "CachedTokens", seconds=window),
        ),
        Graph(
            "Tokens of the account's calls in 15 minutes",
            alarms.take("stop_account"),
            _measures(_BEDROCK, {"ModelId": model_id}, "InputTokenCount", "OutputTokenCount", seconds=window),
        ),
    )


def guardrail_graphs(application: Application) -> tuple[Graph, ...]:
    """Answers in which the guardrail blocked or masked something, and what the search found for questions."""
    return (
        Graph(
            "Interventions of the guardrail, an hour",
            measures=application.each("GuardrailInterventions", "Policy", application.policies, _HOUR),
        ),
        Graph("Passages found for a question", measures=application.measures("RetrievalHits", statistic="Average")),
        Graph("Output tokens a second", measures=application.measures("TokensPerSecond", statistic="p50", label="p50")),
    )


def cost_graphs(application: Application) -> tuple[Graph, ...]:
    """What answers cost, by the application's count, and charges of the account this month.

    The account's metric exists in us-east-1, once switched on in the console.
    """
    month = Measure(
        (Metric(application.namespace, "Cost", {}, "Sum", _DAY, "cost"),),
        "RUNNING_SUM(FILL(cost, 0))",
        f"answers of {BUDGET_DAYS} days, USD",
    )
    return (
        Graph("Answers, USD an hour", measures=application.measures("Cost", seconds=_HOUR)),
        Graph(
            f"Answers of the last {BUDGET_DAYS} days, USD",
            measures=(month,) if application.namespace else (),
            days=BUDGET_DAYS,
        ),
        Graph(
            "Estimated charges of the account, USD",
            measures=_measures(
                "AWS/Billing", {"Currency": "USD"}, "EstimatedCharges", statistic="Maximum", seconds=21_600
            ),
            region=GLOBAL_REGION,
            days=BUDGET_DAYS,
        ),
    )
