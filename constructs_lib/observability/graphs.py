"""The graphs of the dashboard, one function a part of the service."""

from __future__ import annotations

from collections.abc import Sequence

from config.place import GLOBAL_REGION
from constructs_lib.observability.dashboard import Graph

_ANONYMOUS = "awswaf:managed:aws:anonymous-ip-list"


def edge_graphs(*, distribution_id: str, web_acl_name: str, managed_rules: bool) -> tuple[Graph, ...]:
    """Requests, errors and blocked requests at CloudFront, which reports in us-east-1.

    With the managed rules also requests from hidden addresses: many at once may be abuse of a model that costs money.
    """
    site = ("DistributionId", distribution_id, "Region", "Global")
    return (
        Graph("Requests", GLOBAL_REGION, (("AWS/CloudFront", "Requests", *site),), statistic="Sum"),
        Graph(
            "Errors at the edge, %",
            GLOBAL_REGION,
            (("AWS/CloudFront", "4xxErrorRate", *site), ("AWS/CloudFront", "5xxErrorRate", *site)),
        ),
        Graph(
            "WAF",
            GLOBAL_REGION,
            tuple(
                ("AWS/WAFV2", metric, "WebACL", web_acl_name, "Rule", "ALL")
                for metric in ("AllowedRequests", "BlockedRequests")
            ),
            statistic="Sum",
        ),
        *((_anonymous(web_acl_name),) if managed_rules else ()),
    )


def _anonymous(web_acl_name: str) -> Graph:
    """Requests by the labels of WAF's list ("Label metrics and dimensions", WAF developer guide)."""
    return Graph(
        "Requests from VPNs, proxies, Tor and data centres",
        GLOBAL_REGION,
        tuple(
            ("AWS/WAFV2", metric, "LabelName", label, "LabelNamespace", _ANONYMOUS, "WebACL", web_acl_name)
            for label in ("AnonymousIPList", "HostingProviderIPList")
            for metric in ("AllowedRequests", "BlockedRequests")
        ),
        statistic="Sum",
    )


def load_balancer_graphs(*, region: str, alb: str, target_groups: Sequence[str]) -> tuple[Graph, ...]:
    """Answers, delay and healthy targets. Failed TLS stands beside the answers, because such a task gives none.

    Each group has its own lines, where releases use two by turns.
    """
    targets = [("LoadBalancer", alb, "TargetGroup", group) for group in target_groups]
    answers = *(f"HTTPCode_Target_{code}_Count" for code in ("2XX", "4XX", "5XX")), "TargetTLSNegotiationErrorCount"

    def lines(*metrics: str) -> tuple[tuple[str, ...], ...]:
        return tuple(("AWS/ApplicationELB", metric, *target) for target in targets for metric in metrics)

    return (
        Graph("Answers of the application", region, lines(*answers), statistic="Sum"),
        Graph("Time to answer, p95", region, lines("TargetResponseTime"), "p95"),
        Graph("Targets", region, lines("HealthyHostCount", "UnHealthyHostCount")),
    )


def service_graphs(*, region: str, cluster: str, name: str, insights: bool) -> tuple[Graph, ...]:
    """CPU, memory and number of tasks; the wanted number only with Container Insights."""
    dimensions = ("ClusterName", cluster, "ServiceName", name)
    if insights:
        counts = tuple(
            ("ECS/ContainerInsights", metric, *dimensions) for metric in ("RunningTaskCount", "DesiredTaskCount")
        )
        tasks = Graph("Tasks", region, counts)
    else:
        # Each task reports its CPU once a minute (ECS developer guide, service utilization).
        tasks = Graph("Tasks", region, (("AWS/ECS", "CPUUtilization", *dimensions),), "SampleCount", 60)
    return (
        Graph(
            "CPU and memory of the tasks, %",
            region,
            tuple(("AWS/ECS", metric, *dimensions) for metric in ("CPUUtilization", "MemoryUtilization")),
        ),
        tasks,
    )


def search_graphs(*, region: str, domain: str, account_id: str) -> tuple[Graph, ...]:
    """Load and space of OpenSearch."""
    dimensions = ("DomainName", domain, "ClientId", account_id)
    return (
        Graph(
            "OpenSearch load, %",
            region,
            tuple(("AWS/ES", metric, *dimensions) for metric in ("CPUUtilization", "JVMMemoryPressure")),
        ),
        Graph("OpenSearch free space, MiB", region, (("AWS/ES", "FreeStorageSpace", *dimensions),), "Minimum"),
    )


def model_graphs(*, region: str, model_id: str) -> tuple[Graph, ...]:
    """Calls, tokens and delay of the model."""
    dimension = ("ModelId", model_id)
    return (
        Graph(
            "Model calls",
            region,
            tuple(("AWS/Bedrock", metric, *dimension) for metric in ("Invocations", "InvocationThrottles")),
            statistic="Sum",
        ),
        Graph(
            "Tokens",
            region,
            tuple(("AWS/Bedrock", metric, *dimension) for metric in ("InputTokenCount", "OutputTokenCount")),
            statistic="Sum",
        ),
    )


def cost_graphs() -> tuple[Graph, ...]:
    """Charges of the account this month; the metric exists in us-east-1, once switched on in the console."""
    return (
        Graph(
            "Estimated charges of the account, USD",
            GLOBAL_REGION,
            (("AWS/Billing", "EstimatedCharges", "Currency", "USD"),),
            statistic="Maximum",
            period_seconds=21_600,
        ),
    )
