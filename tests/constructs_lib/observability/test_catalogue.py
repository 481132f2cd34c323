from __future__ import annotations

from typing import Any

import pytest

from constructs_lib.observability import catalogue
from constructs_lib.observability.alarms import Alarm

SERVICE = catalogue.service_alarms(cluster_name="main", service_name="app", cpu_percent=85, memory_percent=90)
SUFFIXES: dict[str, Any] = {"alb_suffix": "app/alb/1", "target_group_suffixes": ["targetgroup/app/2"]}
TWO = SUFFIXES | {"target_group_suffixes": ["targetgroup/app/2", "targetgroup/app-2/3"]}
BALANCER = catalogue.load_balancer_alarms(**SUFFIXES, serving=True)
SEARCH = catalogue.search_alarms(domain_name="search", account_id="111111111111", volume_gib=10)
MODEL = catalogue.model_alarms(model_id="us.amazon.nova-lite-v1:0")
EDGE = catalogue.edge_alarms(distribution_id="E1", web_acl_name="edge")
SHIFTED = catalogue.load_balancer_alarms(**TWO, serving=True)
ROLLBACK = catalogue.rollback_alarms(**TWO)
CERTIFICATE = catalogue.certificate_alarms(certificate_arn="arn:of:certificate")
DELIVERY = catalogue.delivery_alarms(rules=("failed-release", "aws-health"))
EVERY = (*SERVICE, *BALANCER, *SEARCH, *MODEL, *EDGE, *CERTIFICATE, *DELIVERY)


def _by_id(alarms: tuple[Alarm, ...]) -> dict[str, Alarm]:
    return {alarm.id: alarm for alarm in alarms}


def test_ids_are_unique() -> None:
    assert len(_by_id(EVERY)) == len(EVERY)


@pytest.mark.parametrize("alarm", [*EVERY, *ROLLBACK], ids=lambda alarm: alarm.id)
def test_alarm_obeys_cloudwatch(alarm: Alarm) -> None:
    assert alarm.period_seconds in (10, 20, 30) or alarm.period_seconds % 60 == 0
    assert alarm.period_seconds * alarm.periods <= 86_400
    assert alarm.breaching_periods is None or 1 <= alarm.breaching_periods <= alarm.periods
    assert alarm.dimensions, "an alarm over every resource of the account"


@pytest.mark.parametrize(
    ("id_", "metric", "threshold"), [("cpu", "CPUUtilization", 85), ("memory", "MemoryUtilization", 90)]
)
def test_service(id_: str, metric: str, threshold: int) -> None:
    alarm = _by_id(SERVICE)[id_]
    assert (alarm.namespace, alarm.metric, alarm.threshold) == ("AWS/ECS", metric, threshold)
    assert alarm.dimensions == {"ClusterName": "main", "ServiceName": "app"}


@pytest.mark.parametrize(
    ("id_", "metric", "statistic", "of_target"),
    [
        ("target_5xx", "HTTPCode_Target_5XX_Count", "Sum", True),
        ("alb_5xx", "HTTPCode_ELB_5XX_Count", "Sum", False),
        ("unhealthy_targets", "UnHealthyHostCount", "Maximum", True),
        ("no_targets", "HealthyHostCount", "Maximum", True),
        ("slow_answers", "TargetResponseTime", "p95", True),
    ],
)
def test_load_balancer(id_: str, metric: str, statistic: str, of_target: bool) -> None:
    alarm = _by_id(BALANCER)[id_]
    assert (alarm.namespace, alarm.metric, alarm.statistic) == ("AWS/ApplicationELB", metric, statistic)
    target = {"TargetGroup": "targetgroup/app/2"} if of_target else {}
    assert alarm.dimensions == {"LoadBalancer": "app/alb/1", **target}


def test_no_target_is_an_alarm_where_tasks_are_meant_to_run() -> None:
    alarm = _by_id(BALANCER)["no_targets"]
    assert (alarm.comparison, alarm.threshold, alarm.missing) == ("LessThanThreshold", 1, "breaching")
    idle = catalogue.load_balancer_alarms(**SUFFIXES, serving=False)
    assert _by_id(BALANCER).keys() - _by_id(idle).keys() == {"no_targets"}


@pytest.mark.parametrize(
    ("id_", "metric", "statistic"),
    [
        ("search_red", "ClusterStatus.red", "Maximum"),
        ("search_memory", "JVMMemoryPressure", "Maximum"),
        ("search_cpu", "CPUUtilization", "Average"),
        ("search_vectors", "KNNCacheCapacityReached", "Maximum"),
        ("search_storage", "FreeStorageSpace", "Minimum"),
    ],
)
def test_search(id_: str, metric: str, statistic: str) -> None:
    alarm = _by_id(SEARCH)[id_]
    assert (alarm.namespace, alarm.metric, alarm.statistic) == ("AWS/ES", metric, statistic)
    assert alarm.dimensions == {"DomainName": "search", "ClientId": "111111111111"}


@pytest.mark.parametrize(("volume_gib", "free_mib"), [(10, 2560), (20, 5120)])
def test_a_quarter_of_the_disk_stays_free(volume_gib: int, free_mib: int) -> None:
    alarms = catalogue.search_alarms(domain_name="search", account_id="1", volume_gib=volume_gib)
    storage = _by_id(alarms)["search_storage"]
    assert (storage.threshold, storage.comparison) == (free_mib, "LessThanThreshold")


@pytest.mark.parametrize(
    ("id_", "metric"),
    [
        ("model_throttled", "InvocationThrottles"),
        ("model_errors", "InvocationServerErrors"),
        ("model_refused", "InvocationClientErrors"),
    ],
)
def test_model(id_: str, metric: str) -> None:
    alarm = _by_id(MODEL)[id_]
    assert (alarm.namespace, alarm.metric, alarm.statistic) == ("AWS/Bedrock", metric, "Sum")
    assert alarm.dimensions == {"ModelId": "us.amazon.nova-lite-v1:0"}


def test_a_slow_model_is_heard_of() -> None:
    alarm = _by_id(MODEL)["model_slow"]
    assert (alarm.namespace, alarm.metric, alarm.statistic) == ("AWS/Bedrock", "InvocationLatency", "p95")
    assert (alarm.threshold, alarm.severity) == (30_000, "ticket")


def test_edge() -> None:
    alarms = _by_id(EDGE)
    assert set(alarms) == {"edge_5xx", "waf_blocked"}
    assert (alarms["edge_5xx"].namespace, alarms["edge_5xx"].metric) == ("AWS/CloudFront", "5xxErrorRate")
    assert alarms["edge_5xx"].dimensions == {"DistributionId": "E1", "Region": "Global"}
    assert (alarms["waf_blocked"].namespace, alarms["waf_blocked"].metric) == ("AWS/WAFV2", "BlockedRequests")
    assert alarms["waf_blocked"].dimensions == {"WebACL": "edge", "Rule": "ALL"}


@pytest.mark.parametrize("id_", ["target_5xx", "alb_5xx", "model_throttled", "model_errors", "model_refused"])
def test_one_bad_minute_is_no_alarm(id_: str) -> None:
    alarm = _by_id(EVERY)[id_]
    assert (alarm.breaching_periods, alarm.periods) == (2, 3)


@pytest.mark.parametrize("id_", ["target_5xx", "unhealthy_targets", "no_targets"])
def test_of_two_groups_each_counts(id_: str) -> None:
    one, two = _by_id(BALANCER)[id_], _by_id(SHIFTED)[id_]
    assert two.dimensions == one.dimensions
    assert list(two.added) == [{"LoadBalancer": "app/alb/1", "TargetGroup": "targetgroup/app-2/3"}]
    assert (two.threshold, two.missing) == (one.threshold, one.missing)


def test_slow_answers_of_two_groups_are_the_load_balancers() -> None:
    alarm = _by_id(SHIFTED)["slow_answers"]
    assert (alarm.dimensions, list(alarm.added)) == ({"LoadBalancer": "app/alb/1"}, [])


@pytest.mark.parametrize(
    ("id_", "metric", "statistic", "minutes"),
    [("errors", "HTTPCode_Target_5XX_Count", "Sum", 1), ("unhealthy", "UnHealthyHostCount", "Maximum", 3)],
)
def test_a_release_is_taken_back_by_either_group(id_: str, metric: str, statistic: str, minutes: int) -> None:
    alarm = _by_id(ROLLBACK)[id_]
    assert (alarm.metric, alarm.statistic, alarm.periods, alarm.missing) == (metric, statistic, minutes, "notBreaching")
    assert [each["TargetGroup"] for each in alarm.every] == ["targetgroup/app/2", "targetgroup/app-2/3"]


def test_a_certificate_that_ended_keeps_its_alarm() -> None:
    """ACM counts no days of an expired certificate."""
    (alarm,) = CERTIFICATE
    assert (alarm.missing, alarm.comparison, alarm.threshold) == ("ignore", "LessThanThreshold", 30)


def test_one_alarm_adds_up_what_all_rules_failed_to_deliver() -> None:
    (alarm,) = DELIVERY
    assert [each["RuleName"] for each in alarm.every] == ["failed-release", "aws-health"]
    assert (alarm.statistic, alarm.threshold) == ("Sum", 1)
