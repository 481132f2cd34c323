"""Every alarm of every environment can ring, and one that can't is told: test_planted.py has the gate refuse one."""

from __future__ import annotations

from typing import Any

import pytest

from policies.proof.alarms import COMPOSITE, KIND, documented_metrics, faulty_alarms
from policies.proof.configuration import Configuration
from policies.proof.own_metrics import FILTER, TASK
from tests.policies.proof.configurations import ALL, Configs, configuration, copied, resource, settings

PLANTED: dict[str, Any] = {
    "alarm_name": "planted",
    "alarm_description": "Planted. Severity: ticket. Runbook: docs/runbooks/site-down.md",
    "comparison_operator": "GreaterThanThreshold",
    "dimensions": {"ModelId": "us.amazon.nova-lite-v1:0"},
    "evaluation_periods": 5,
    "metric_name": "InvocationThrottles",
    "namespace": "AWS/Bedrock",
    "period": 60,
    "statistic": "Sum",
    "threshold": 1,
    "treat_missing_data": "notBreaching",
}
LINE = {"metric_name": "Invocations", "namespace": "AWS/Bedrock", "period": 60, "stat": "Sum"}
MODEL = {"dimensions": {"ModelId": "us.amazon.nova-lite-v1:0"}}


def planted(configs: Configs, **changes: Any) -> None:
    """Add an alarm to the layer monitoring that tells the topic which the others tell."""
    others = configs["monitoring"]["resource"][KIND]
    sibling = next(body for name, body in others.items() if name.startswith("alarms_cpu"))
    told = {"alarm_actions": sibling["alarm_actions"], "ok_actions": sibling["ok_actions"]}
    body = {**PLANTED, **told, **changes}
    others["planted"] = {name: value for name, value in body.items() if value is not None}


def faults(name: str = "dev", **changes: Any) -> list[tuple[str, str]]:
    configs = copied(name)
    planted(configs, **changes)
    return [(each.rule, each.detail) for each in faulty_alarms(Configuration(configs), settings(name).region)]


@pytest.mark.parametrize("name", ALL)
def test_every_alarm_can_ring(name: str) -> None:
    assert configuration(name).all(KIND)
    assert list(faulty_alarms(configuration(name), settings(name).region)) == []


def test_what_is_planted_is_in_order_before_it_is_broken() -> None:
    assert faults() == []


@pytest.mark.parametrize(
    ("changes", "rule", "words"),
    [
        ({"metric_name": "InvocationThrottled"}, "unknown-metric", "AWS/Bedrock InvocationThrottled exists nowhere"),
        ({"namespace": "Sitechat"}, "unknown-metric", "Sitechat InvocationThrottles exists nowhere"),
        ({"dimensions": None}, "unknown-metric", "has no values under no dimension: it has ModelId"),
        ({"statistic": "Average"}, "unknown-metric", "means nothing as Average: it has Sum"),
        ({"statistic": None, "extended_statistic": "p95"}, "unknown-metric", "means nothing as p95"),
        ({"period": 10}, "unknown-metric", "has a value every 60 seconds, not every 10"),
        ({"unit": "Percent"}, "unknown-metric", "is in Count, not in Percent"),
        ({"evaluation_periods": 1441}, "unknown-metric", "looks back 86460 seconds"),
        ({"period": 3600, "evaluation_periods": 169}, "unknown-metric", "looks back 608400 seconds"),
        ({"metric_name": None, "namespace": None}, "unknown-metric", "watches no metric"),
        ({"treat_missing_data": None}, "unheard-alarm", "doesn't say what no data means"),
        ({"alarm_actions": ["arn:aws:sns:us-east-1:1:else"]}, "unheard-alarm", "tells no topic of this deployment"),
        ({"ok_actions": []}, "unheard-alarm", "doesn't tell the same topic that it is over"),
        ({"alarm_description": "Planted"}, "no-runbook", "doesn't end with"),
        ({"alarm_description": "Planted. Runbook: docs/runbooks/site-down.md"}, "no-runbook", "doesn't end with"),
        (
            {"alarm_description": "Planted. Severity: page. Runbook: docs/runbooks/nowhere.md"},
            "no-runbook",
            "names the runbook docs/runbooks/nowhere.md, which isn't there",
        ),
    ],
)
def test_an_alarm_that_cannot_ring_is_told(changes: dict[str, Any], rule: str, words: str) -> None:
    found = faults(**changes)
    assert [each for each in found if each[0] == rule and words in each[1]], found


@pytest.mark.parametrize(
    ("queries", "words"),
    [
        ([{"id": "a", "metric": LINE, "return_data": True}], "has no values under no dimension"),
        ([{"id": "a", "metric": {**LINE, **MODEL}}, {"id": "e", "expression": "a+b", "return_data": True}], "with b"),
        ([{"id": "a", "metric": {**LINE, **MODEL}}, {"id": "e", "expression": "a * 2"}], "no line instead of by one"),
        (
            [
                {"id": "a", "metric": {**LINE, **MODEL}},
                {"id": "b", "metric": {**LINE, **MODEL}},
                {"id": "e", "expression": "a * 2", "return_data": True},
            ],
            "never uses b",
        ),
    ],
)
def test_metric_math_is_read(queries: list[dict[str, Any]], words: str) -> None:
    alone: dict[str, Any] = dict.fromkeys(("metric_name", "namespace", "period", "statistic", "dimensions"))
    found = faults(metric_query=queries, **alone)
    assert [rule for rule, detail in found if words in detail] == ["unknown-metric"], found


def test_a_dimension_names_something_of_the_deployment() -> None:
    clusters = {"ClusterName": "elsewhere", "ServiceName": "elsewhere"}
    found = faults(namespace="AWS/ECS", metric_name="CPUUtilization", statistic="Average", dimensions=clusters)
    assert found == [
        ("unknown-metric", f"AWS/ECS CPUUtilization has no values of {name} 'elsewhere': nothing here is called so")
        for name in clusters
    ]


def _renamed_filter(configs: Configs) -> None:
    resource(configs, "workflows", FILTER, "freshness_source_site")["metric_transformation"]["name"] = "other"


def test_a_metric_of_our_own_is_made_by_its_filter() -> None:
    configs = copied("ingestion")
    _renamed_filter(configs)
    (fault,) = faulty_alarms(Configuration(configs), settings("ingestion").region)
    assert fault.rule == "unknown-metric"
    assert "sitechat-dev-ingestion site exists nowhere" in fault.detail


OWN = {"namespace": "sitechat-prod-app", "dimensions": None, "statistic": "Sum"}


@pytest.mark.parametrize(
    "changes",
    [
        {"metric_name": "Failures"},
        {"metric_name": "TimeToFirstToken", "unit": "Milliseconds", "statistic": None, "extended_statistic": "p95"},
        {"metric_name": "Questions", "dimensions": {"Outcome": "failed"}},
    ],
)
def test_a_metric_of_the_application_is_in_the_contract(changes: dict[str, Any]) -> None:
    assert faults("prod", **{**OWN, **changes}) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"metric_name": "Failure"}, "exists nowhere"),
        ({"metric_name": "Failures", "namespace": "sitechat-staging-app"}, "exists nowhere"),
        ({"metric_name": "Failures", "dimensions": {"Outcome": "failed"}}, "has other dimensions"),
        ({"metric_name": "Questions"}, "has other dimensions"),
        ({"metric_name": "Questions", "dimensions": {"Outcome": "broken"}}, "has no values of Outcome 'broken'"),
        ({"metric_name": "Latency", "unit": "Seconds"}, "is in Milliseconds, not in Seconds"),
        ({"metric_name": "Failures", "period": 30}, "has a value every 60 seconds, not every 30"),
    ],
)
def test_what_the_application_does_not_write_is_told(changes: dict[str, Any], words: str) -> None:
    found = faults("prod", **{**OWN, **changes})
    assert [each for each in found if each[0] == "unknown-metric" and words in each[1]], found


@pytest.mark.parametrize("change", [('"awslogs"', '"splunk"'), ("SITECHAT_METRICS_NAMESPACE", "METRICS_NAMESPACE")])
def test_an_application_that_makes_no_metrics_has_none(change: tuple[str, str]) -> None:
    configs = copied("prod")
    planted(configs, **OWN, metric_name="Failures")
    for body in configs["service"]["resource"][TASK].values():
        assert change[0] in body["container_definitions"]
        body["container_definitions"] = body["container_definitions"].replace(*change)
    found = faulty_alarms(Configuration(configs), settings("prod").region)
    (planted_one,) = [each.detail for each in found if each.address.endswith(".planted")]
    assert "Failures exists nowhere" in planted_one


CHILD = "objective_availability_fast_short"


def _objective(configs: Configs) -> dict[str, Any]:
    return resource(configs, "monitoring", COMPOSITE, "objective_availability_burns")


@pytest.mark.parametrize(
    ("change", "rule", "words"),
    [
        (
            {"alarm_rule": 'ALARM("sitechat-prod-slo-none")'},
            "unknown-metric",
            "looks at sitechat-prod-slo-none",
        ),
        ({"alarm_rule": "TRUE"}, "unknown-metric", "looks at nothing"),
        ({"alarm_name": "other"}, "unheard-alarm", "which doesn't look at it"),
        ({"alarm_actions": []}, "unheard-alarm", "tells no topic of this deployment in us-east-1"),
        ({"ok_actions": []}, "unheard-alarm", "doesn't tell the same topic that it is over"),
        ({"alarm_description": "Lost"}, "no-runbook", "doesn't end with"),
    ],
)
def test_an_alarm_on_alarms_that_tells_nobody_is_told(change: dict[str, Any], rule: str, words: str) -> None:
    configs = copied("prod")
    _objective(configs).update(change)
    found = [(each.rule, each.detail) for each in faulty_alarms(Configuration(configs), settings("prod").region)]
    assert [each for each in found if each[0] == rule and words in each[1]], found


def test_an_alarm_that_no_composite_alarm_looks_at_is_told() -> None:
    configs = copied("prod")
    rule = _objective(configs)["alarm_rule"]
    _objective(configs)["alarm_rule"] = rule.replace(' AND ALARM("sitechat-prod-slo-availability-fast-short")', "")
    (fault,) = faulty_alarms(Configuration(configs), settings("prod").region)
    assert (fault.rule, CHILD in fault.address) == ("unheard-alarm", True)
    assert fault.detail == "says that sitechat-prod-slo-availability tells people, which doesn't look at it"


def _elsewhere(configs: Configs) -> None:
    resource(configs, "monitoring", KIND, "edge_alarms_edge_5xx").pop("provider")


def test_a_metric_is_looked_for_in_its_region() -> None:
    configs = copied("europe")
    _elsewhere(configs)
    details = [each.detail for each in faulty_alarms(Configuration(configs), settings("europe").region)]
    assert "AWS/CloudFront 5xxErrorRate is in us-east-1, and the alarm in eu-central-1" in details


def test_the_table_is_whole() -> None:
    for (namespace, name), metric in documented_metrics().items():
        assert metric.statistics, (namespace, name)
        named = {dimension for each in metric.dimensions for dimension in each}
        assert named <= set(metric.values), (namespace, name)
        assert namespace.startswith("AWS/")
