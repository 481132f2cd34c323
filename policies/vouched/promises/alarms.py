"""When each alarm rings: a threshold out of reach is an alarm that isn't there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from config.alarm_text import NOT_READ
from config.model_quotas import ANSWERS, EMBEDS, SHARES
from config.objectives import composite_rule, share, window_name, windows
from policies.vouched.promises.security import CIS
from policies.vouched.promises.value import Value

if TYPE_CHECKING:
    from config import Environment

AT_LEAST, MORE, LESS = "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold"


class AlarmLimit(NamedTuple):
    """Metric and limit of an alarm, over so many periods of so many seconds. Summed are the same metric of two things,
    or two metrics, or `twice` the two metrics of two things.
    """

    metric: str
    threshold: float
    statistic: str = "Maximum"
    comparison: str = AT_LEAST
    seconds: int = 60
    periods: int = 5
    missing: str = "notBreaching"
    summed: bool = False
    # So many of the periods; None is all of them.
    breaching: int | None = None
    twice: bool = False


def alarm_values(env: Environment) -> Iterator[Value]:
    """The arguments of every alarm, by address."""
    for address, alarm in _alarms(env):
        for argument, expected in (
            *(_sum(alarm) if alarm.summed else _one(alarm)),
            ("threshold", alarm.threshold),
            ("comparison_operator", alarm.comparison),
            ("evaluation_periods", alarm.periods),
            ("datapoints_to_alarm", alarm.breaching),
            ("treat_missing_data", alarm.missing),
        ):
            layer, _, name = address.partition("/")
            yield Value(f"{layer}/aws_cloudwatch_metric_alarm.{name}", argument, expected, "the catalogue of alarms")
    for objective in objectives(env):
        yield from _objective(env, *objective)


def objectives(env: Environment) -> Iterator[tuple[str, float, str, str]]:
    """Objectives that are set: id, percent, metric, and the statistic that counts its failures."""
    monitoring = env.monitoring
    if monitoring.availability_percent:
        yield "availability", monitoring.availability_percent, "Failures", "Sum"
    if monitoring.first_token_percent:
        late = f"TC({monitoring.first_token_seconds * 1000:g}:)"
        yield "first_token", monitoring.first_token_percent, "TimeToFirstToken", late


def _objective(env: Environment, id_: str, percent: float, metric: str, failures: str) -> Iterator[Value]:
    reason = f"monitoring.{id_}_percent"
    name = env.names.resource(f"slo-{id_.replace('_', '-')}")
    place = f"monitoring/aws_cloudwatch_composite_alarm.objective_{id_}_burns"
    yield Value(place, "alarm_name", name, reason)
    yield Value(place, "alarm_rule", composite_rule(name), reason)
    yield Value(place, "actions_enabled", False if env.service.parked else None, "service.parked")
    for rate, length, seconds in windows():
        place = f"monitoring/aws_cloudwatch_metric_alarm.objective_{id_}_{rate.id}_{length}"
        for argument, expected in (
            ("alarm_name", window_name(name, rate, length)),
            ("metric_name", None),
            ("metric_query[].metric.namespace", [env.metrics_namespace] * 2 + [None]),
            ("metric_query[].metric.metric_name", [metric, metric, None]),
            ("metric_query[].metric.stat", [failures, "SampleCount", None]),
            ("metric_query[].metric.period", [seconds, seconds, None]),
            ("metric_query[].expression", [None, None, share(length)]),
            ("metric_query[].return_data", [None, None, True]),
            ("threshold", rate.threshold(percent)),
            ("comparison_operator", MORE),
            ("evaluation_periods", 1),
            ("treat_missing_data", "notBreaching"),
        ):
            yield Value(place, argument, expected, reason)


def _one(alarm: AlarmLimit) -> Iterator[tuple[str, Any]]:
    """Arguments of an alarm on one metric."""
    yield "metric_query", None
    yield "metric_name", alarm.metric
    yield "extended_statistic" if alarm.statistic.startswith("p") else "statistic", alarm.statistic
    yield "period", alarm.seconds


def _sum(alarm: AlarmLimit) -> Iterator[tuple[str, Any]]:
    """Arguments of an alarm on two metrics, or on the same one of two things, such as target groups or rules."""
    names = alarm.metric.split()
    if alarm.twice or len(names) == 1:
        names = [name for name in names for _ in range(2)]
    yield "metric_query[].metric.metric_name", [*names, None]
    for argument, expected in (("stat", alarm.statistic), ("period", alarm.seconds)):
        yield f"metric_query[].metric.{argument}", [*(expected for _ in names), None]
    added = " + ".join(f"FILL(m{place}, 0)" for place in range(len(names)))
    yield "metric_query[].expression", [*(None for _ in names), added]
    yield "metric_query[].return_data", [*(None for _ in names), True]


def _alarms(env: Environment) -> Iterator[tuple[str, AlarmLimit]]:
    ends = AlarmLimit("DaysToExpiry", 30, "Minimum", LESS, 86_400, 1, "ignore")
    yield "monitoring/alarms_certificate", ends
    yield "monitoring/edge_alarms_certificate", ends
    failed = AlarmLimit("FailedInvocations", 1, "Sum", seconds=300, periods=1, summed=True)
    yield "monitoring/alarms_rules_failed", failed
    minutes = env.monitoring.probe_minutes
    asked = AlarmLimit("ProbeAnswered", 1, "Minimum", LESS, 60 * minutes, 3, "missing", breaching=2)
    yield "monitoring/alarms_probe", asked
    if (usd := env.monitoring.spent_usd_a_day) is not None:
        # Whole dollars are written without a point.
        dollars = int(usd) if usd.is_integer() else usd
        yield "monitoring/alarms_spent_a_day", AlarmLimit("Cost", dollars, "Sum", seconds=86_400, periods=1)
    spent, counted = "InputTokens OutputTokens", "InputTokenCount OutputTokenCount"
    for name, metrics in (("alarm", spent), ("backstop", counted)):
        twice = name == "backstop" and env.bedrock.application_profile
        limit = env.bedrock.stop_at_tokens
        tokens = AlarmLimit(metrics, limit, "Sum", seconds=900, periods=1, summed=True, twice=twice)
        yield f"llm/model_stop_{name}", tokens
    for percent in SHARES:
        # What a function puts there later, nobody can promise: the first threshold is one that nothing reaches.
        periods, breaching = (1, None) if percent == 100 else (5, 3)
        for kind in (ANSWERS, EMBEDS):
            both = kind == ANSWERS and env.bedrock.application_profile
            tokens = AlarmLimit(
                "EstimatedTPMQuotaUsage", NOT_READ, "Sum", periods=periods, breaching=breaching, summed=both
            )
            yield f"monitoring/quota_alarms_{kind}_{percent}", tokens
    for name, alarm in _monitoring(env):
        yield f"monitoring/alarms_{name}", alarm
    yield "monitoring/edge_alarms_edge_5xx", AlarmLimit("5xxErrorRate", 5, "Average", MORE)
    yield "monitoring/edge_alarms_waf_blocked", AlarmLimit("BlockedRequests", 1000, "Sum", seconds=300, periods=1)
    both = env.shifts_releases
    errors = AlarmLimit("HTTPCode_Target_5XX_Count", 5, "Sum", periods=1, summed=both)
    yield "service/release_alarms_errors", errors
    yield "service/release_alarms_unhealthy", AlarmLimit("UnHealthyHostCount", 1, periods=3, summed=both)
    for control in CIS:
        yield f"security/cis_alarms_{control}", AlarmLimit(control, 1, "Sum", seconds=300, periods=1)
    waiting = AlarmLimit("ApproximateNumberOfMessagesVisible", 1, seconds=300, periods=1)
    yield "security/routes_undelivered_alarms_messages", waiting
    yield "workflows/quarantine_alarms_quarantined", AlarmLimit("QuarantinedPages", 1, "Sum", seconds=3600, periods=1)
    hours = env.ingestion.stale_after_hours
    for source in env.ingestion.sources:
        stale = AlarmLimit(source.name, 1, "Sum", LESS, 3600, hours, "breaching")
        yield f"workflows/freshness_alarms_stale_{source.name.replace('-', '_')}", stale


def _monitoring(env: Environment) -> Iterator[tuple[str, AlarmLimit]]:
    both = env.shifts_releases
    yield "cpu", AlarmLimit("CPUUtilization", env.monitoring.cpu_alarm_percent, "Average")
    yield "memory", AlarmLimit("MemoryUtilization", env.monitoring.memory_alarm_percent, "Average")
    yield "alb_5xx", AlarmLimit("HTTPCode_ELB_5XX_Count", 10, "Sum", periods=3, breaching=2)
    yield "target_5xx", AlarmLimit("HTTPCode_Target_5XX_Count", 10, "Sum", periods=3, summed=both, breaching=2)
    yield "unhealthy_targets", AlarmLimit("UnHealthyHostCount", 1, periods=3, summed=both)
    yield "no_targets", AlarmLimit("HealthyHostCount", 1, comparison=LESS, missing="breaching", summed=both)
    yield "slow_answers", AlarmLimit("TargetResponseTime", 30, "p95")
    # Calls through a profile of the environment's own may be counted under that.
    named_twice = env.bedrock.application_profile
    for name, metric in (("errors", "ServerErrors"), ("refused", "ClientErrors"), ("throttled", "Throttles")):
        yield f"model_{name}", AlarmLimit(f"Invocation{metric}", 5, "Sum", periods=3, breaching=2, summed=named_twice)
    for name in ("model_slow", "model_slow_profile"):
        yield name, AlarmLimit("InvocationLatency", 30_000, "p95")
    yield "search_cpu", AlarmLimit("CPUUtilization", 90, "Average")
    yield "search_memory", AlarmLimit("JVMMemoryPressure", 90)
    yield "search_red", AlarmLimit("ClusterStatus.red", 1)
    # A quarter of the disk, in MiB.
    yield "search_storage", AlarmLimit("FreeStorageSpace", env.search.volume_gib * 256, "Minimum", LESS)
    yield "search_vectors", AlarmLimit("KNNCacheCapacityReached", 1)
    yield "search_vectors_memory", AlarmLimit("KNNGraphMemoryUsagePercentage", 80)
