from __future__ import annotations

from collections.abc import Iterator

import pytest

from config import objectives
from config.application_metrics import BY_NAME, INGESTION_METRICS, OUTCOMES, POLICIES
from config.objectives import window_name
from constructs_lib.edge.waf import GROUPS
from constructs_lib.observability import catalogue, graphs, model_graphs
from constructs_lib.observability.alarms import Alarm, WatchedAlarm
from constructs_lib.observability.dashboard import Graph
from constructs_lib.observability.graphs import Undrawn
from constructs_lib.observability.measures import Metric
from constructs_lib.observability.model_graphs import Application

ALB, TARGETS = "app/alb/1", ("targetgroup/a/1", "targetgroup/b/2")
APPLICATION = Application("site-app", OUTCOMES, POLICIES)
SILENT = Application("", OUTCOMES, POLICIES)


def _undrawn(*alarms: Alarm) -> Undrawn:
    return Undrawn([alarm.watched(f"svc-{alarm.id}") for alarm in alarms])


def _edge(*, managed: bool = True) -> tuple[Graph, ...]:
    alarms = catalogue.edge_alarms(distribution_id="E1", web_acl_name="edge")
    return graphs.edge_graphs(_undrawn(*alarms), distribution_id="E1", web_acl_name="edge", managed_rules=managed)


def _balancer() -> tuple[Graph, ...]:
    alarms = (
        *catalogue.load_balancer_alarms(alb_suffix=ALB, target_group_suffixes=TARGETS, serving=True),
        *catalogue.rollback_alarms(alb_suffix=ALB, target_group_suffixes=TARGETS),
    )
    return graphs.load_balancer_graphs(_undrawn(*alarms), alb=ALB, target_groups=TARGETS)


def _service(*, insights: bool = True) -> tuple[Graph, ...]:
    alarms = catalogue.service_alarms(cluster_name="main", service_name="app", cpu_percent=85, memory_percent=80)
    return graphs.service_graphs(_undrawn(*alarms), cluster="main", name="app", insights=insights)


def _search() -> tuple[Graph, ...]:
    alarms = catalogue.search_alarms(domain_name="search", account_id="111111111111", volume_gib=10)
    return graphs.search_graphs(_undrawn(*alarms))


def _model() -> tuple[Graph, ...]:
    return model_graphs.model_graphs(_undrawn(*catalogue.model_alarms(model_id="model")), model_id="model")


def _metrics(*drawn: Graph) -> Iterator[Metric]:
    for graph in drawn:
        for line in graph.lines:
            yield from line.metrics


@pytest.mark.parametrize(
    ("drawn", "region", "names"),
    [
        (_edge(), "us-east-1", {"Requests", "4xxErrorRate", "5xxErrorRate", "AllowedRequests", "BlockedRequests"}),
        (
            _balancer(),
            "",
            {
                "HTTPCode_ELB_5XX_Count",
                "HTTPCode_Target_2XX_Count",
                "HTTPCode_Target_4XX_Count",
                "HTTPCode_Target_5XX_Count",
                "TargetTLSNegotiationErrorCount",
                "TargetResponseTime",
                "HealthyHostCount",
                "UnHealthyHostCount",
            },
        ),
        (_service(), "", {"CPUUtilization", "MemoryUtilization", "RunningTaskCount", "DesiredTaskCount"}),
        (
            _search(),
            "",
            {
                "CPUUtilization",
                "ClusterStatus.red",
                "FreeStorageSpace",
                "JVMMemoryPressure",
                "KNNCacheCapacityReached",
                "KNNGraphMemoryUsagePercentage",
            },
        ),
        (
            _model(),
            "",
            {
                "Invocations",
                "InvocationThrottles",
                "InvocationClientErrors",
                "InvocationServerErrors",
                "InvocationLatency",
                "EstimatedTPMQuotaUsage",
                "TimeToFirstToken",
            },
        ),
        (model_graphs.cost_graphs(Undrawn([]), SILENT)[-1:], "us-east-1", {"EstimatedCharges"}),
    ],
    ids=["edge", "load balancer", "service", "search", "model", "cost"],
)
def test_what_is_drawn_and_where(drawn: tuple[Graph, ...], region: str, names: set[str]) -> None:
    assert {metric.name for metric in _metrics(*drawn)} == names
    assert {graph.region for graph in drawn} == {region}
    assert all(metric.dimensions for metric in _metrics(*drawn))


def test_thresholds_of_people_and_of_releases_cross_one_line() -> None:
    failures = _balancer()[1]
    assert [(alarm.id, alarm.threshold) for alarm in failures.alarms] == [("target_5xx", 10), ("errors", 5)]
    assert [line.label for line in failures.lines] == [
        "HTTPCode_Target_5XX_Count",
        "failed TLS, group 1",
        "failed TLS, group 2",
    ]


def test_lines_of_an_objective_are_named_by_their_windows() -> None:
    objective = catalogue.availability_objective(namespace="site-app", percent=99.5)
    windows = [
        WatchedAlarm(
            f"{rate.id}_{length}", window_name("slo", rate, length), "", "site", objective.window(length, seconds)
        )
        for rate, length, seconds in objectives.windows()
    ]
    burns, month = graphs.objective_graphs(Undrawn(windows), name="slo", objective=objective, title="Availability")
    assert [line.label for line in burns.lines] == [f"within {minutes} minutes" for minutes in (60, 5, 360, 30)]
    assert (month.lines, month.days, month.limits[0][1]) == ((objective.month,), 30, 100)


def test_a_single_group_needs_no_number() -> None:
    drawn = graphs.load_balancer_graphs(_undrawn(), alb="alb", target_groups=["group"])
    assert [line.label for line in drawn[0].lines] == ["2xx", "4xx"]


def test_who_hides_an_address_is_drawn_by_what_the_firewall_did() -> None:
    anonymous = _edge()[-1]
    found = list(_metrics(anonymous))
    assert {(metric.name, metric.dimensions["LabelName"]) for metric in found} == {
        (metric, label)
        for metric in ("AllowedRequests", "BlockedRequests")
        for label in ("AnonymousIPList", "HostingProviderIPList")
    }
    namespace = f"awswaf:managed:aws:{GROUPS['anonymous'].labels}"
    assert {(each.dimensions["LabelNamespace"], each.dimensions["WebACL"]) for each in found} == {(namespace, "edge")}
    assert {each.dimensions["LabelName"] for each in found} == set(GROUPS["anonymous"].optional_rules)
    assert [graph.title for graph in _edge(managed=False)] == [graph.title for graph in _edge()[:-1]]


def test_without_insights_tasks_are_counted_by_what_they_report() -> None:
    (tasks,) = _metrics(_service(insights=False)[1])
    assert (tasks.name, tasks.statistic, tasks.period_seconds) == ("CPUUtilization", "SampleCount", 60)
    assert tasks.dimensions == {"ClusterName": "main", "ServiceName": "app"}


def test_what_the_application_counts_is_as_it_is_written() -> None:
    drawn = (
        *model_graphs.question_graphs(APPLICATION),
        *model_graphs.guardrail_graphs(APPLICATION),
        *model_graphs.cost_graphs(Undrawn([]), APPLICATION),
        *model_graphs.token_graphs(_undrawn(), application=APPLICATION, model_id="model"),
    )
    own = [metric for metric in _metrics(*drawn) if metric.namespace == "site-app"]
    assert {"Questions", "GuardrailInterventions", "CachedTokens", "Cost"} < {metric.name for metric in own}
    for metric in own:
        row = BY_NAME[metric.name]
        assert frozenset(metric.dimensions) == row.dimensions
        assert not row.dimension or metric.dimensions[row.dimension] in row.values


def test_an_application_that_counts_nothing_has_no_lines() -> None:
    assert list(_metrics(*model_graphs.question_graphs(SILENT), *model_graphs.guardrail_graphs(SILENT))) == []
    assert [graph.title for graph in model_graphs.cost_graphs(Undrawn([]), SILENT) if graph.lines] == [
        "Estimated charges of the account, USD"
    ]


@pytest.mark.parametrize(("namespace", "lines"), [("site-app", 4), ("", 0)])
def test_pages_of_runs_are_drawn_by_source_where_they_are_counted(namespace: str, lines: int) -> None:
    drawn = graphs.ingestion_graphs(_undrawn(), namespace=namespace, sources=["site", "help"])
    found = list(_metrics(*drawn))
    assert len(found) == lines
    rows = {each.name: each for each in INGESTION_METRICS}
    assert {metric.name for metric in found} == (set(rows) if namespace else set())
    assert all(set(metric.dimensions) == rows[metric.name].dimensions for metric in found)


def test_tokens_are_drawn_in_the_window_of_the_alarms_that_stop_the_model() -> None:
    drawn = model_graphs.token_graphs(_undrawn(), application=APPLICATION, model_id="model")
    assert {metric.period_seconds for metric in _metrics(*drawn)} == {900}


def test_certificates_are_drawn_in_their_regions() -> None:
    (alarm,) = catalogue.certificate_alarms(certificate_arn="arn:of:it")
    home = alarm.watched("svc-certificate")
    far = WatchedAlarm(**{**vars(home), "name": "edge-certificate", "region": "us-east-1"})
    _, one, two = graphs.told_graphs(Undrawn([home, far]))
    assert [(graph.title, graph.region) for graph in (one, two)] == [
        ("Certificate: days left", ""),
        ("Certificate, CloudFront: days left", "us-east-1"),
    ]


def test_an_alarm_is_taken_once_and_the_rest_is_drawn_by_itself() -> None:
    undrawn = _undrawn(*catalogue.service_alarms(cluster_name="c", service_name="s", cpu_percent=1, memory_percent=2))
    assert [alarm.id for alarm in undrawn.take("cpu", "nothing")] == ["cpu"]
    assert undrawn.take("cpu") == ()
    (section,) = undrawn.rest("site")
    assert [(graph.title, [each.id for each in graph.alarms]) for graph in section.graphs] == [("memory", ["memory"])]
    assert undrawn.rest("model") == ()
