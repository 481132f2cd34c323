from __future__ import annotations

import pytest

from constructs_lib.edge.waf import GROUPS
from constructs_lib.observability import graphs

EVERY = {
    "edge": graphs.edge_graphs(distribution_id="E1", web_acl_name="edge", managed_rules=True),
    "load_balancer": graphs.load_balancer_graphs(region="eu-west-1", alb="alb", target_groups=["group"]),
    "service": graphs.service_graphs(region="eu-west-1", cluster="main", name="app", insights=True),
    "search": graphs.search_graphs(region="eu-west-1", domain="search", account_id="111111111111"),
    "model": graphs.model_graphs(region="eu-west-1", model_id="model"),
    "cost": graphs.cost_graphs(),
}


@pytest.mark.parametrize("part", EVERY)
def test_graphs_lie_in_the_region_of_their_metrics(part: str) -> None:
    region = "us-east-1" if part in ("edge", "cost") else "eu-west-1"
    assert {graph.region for graph in EVERY[part]} == {region}


@pytest.mark.parametrize(
    ("part", "metrics"),
    [
        ("edge", {"Requests", "4xxErrorRate", "5xxErrorRate", "AllowedRequests", "BlockedRequests"}),
        (
            "load_balancer",
            {
                "HTTPCode_Target_2XX_Count",
                "HTTPCode_Target_4XX_Count",
                "HTTPCode_Target_5XX_Count",
                "TargetTLSNegotiationErrorCount",
                "TargetResponseTime",
                "HealthyHostCount",
                "UnHealthyHostCount",
            },
        ),
        ("service", {"CPUUtilization", "MemoryUtilization", "RunningTaskCount", "DesiredTaskCount"}),
        ("search", {"CPUUtilization", "JVMMemoryPressure", "FreeStorageSpace"}),
        ("model", {"Invocations", "InvocationThrottles", "InputTokenCount", "OutputTokenCount"}),
        ("cost", {"EstimatedCharges"}),
    ],
)
def test_what_is_drawn(part: str, metrics: set[str]) -> None:
    assert {metric[1] for graph in EVERY[part] for metric in graph.metrics} == metrics


@pytest.mark.parametrize("part", EVERY)
def test_every_metric_names_one_resource(part: str) -> None:
    """Namespace, metric, then pairs of dimension and value."""
    for graph in EVERY[part]:
        for metric in graph.metrics:
            assert len(metric) >= 4
            assert len(metric) % 2 == 0


def test_who_hides_an_address_is_drawn_by_what_the_firewall_did() -> None:
    *_, anonymous = EVERY["edge"]
    drawn = {(metric[1], metric[3]) for metric in anonymous.metrics}
    assert drawn == {
        (metric, label)
        for metric in ("AllowedRequests", "BlockedRequests")
        for label in ("AnonymousIPList", "HostingProviderIPList")
    }
    rest = {metric[4:] for metric in anonymous.metrics}
    assert rest == {("LabelNamespace", f"awswaf:managed:aws:{GROUPS['anonymous'].labels}", "WebACL", "edge")}
    assert {metric[3] for metric in anonymous.metrics} == set(GROUPS["anonymous"].optional_rules)
    without = graphs.edge_graphs(distribution_id="E1", web_acl_name="edge", managed_rules=False)
    assert without == EVERY["edge"][:-1]


def test_without_insights_tasks_are_counted_by_what_they_report() -> None:
    tasks = graphs.service_graphs(region="eu-west-1", cluster="main", name="app", insights=False)[1]
    assert (tasks.title, tasks.statistic, tasks.period_seconds) == ("Tasks", "SampleCount", 60)
    assert tasks.metrics == (("AWS/ECS", "CPUUtilization", "ClusterName", "main", "ServiceName", "app"),)
