"""Promises of the layer monitoring: alarms, dashboards, flow logs and budget."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.model_quotas import SHARES
from config.objectives import windows
from config.place import GLOBAL_REGION
from policies.vouched.promises.alarms import objectives
from policies.vouched.promises.parts import alarms, event, function_role, role, role_policy, subscriptions, topic
from policies.vouched.promises.promise import ALWAYS, Promise, of, promise

if TYPE_CHECKING:
    from config import Environment


def monitoring(env: Environment) -> Iterator[Promise]:
    """What tells people of the other layers."""
    yield promise(
        ALWAYS,
        alarms("alarms", "cpu", "memory"),
        alarms("alarms", "alb_5xx", "target_5xx", "slow_answers", "unhealthy_targets"),
        alarms("alarms", "model_errors", "model_refused", "model_slow", "model_throttled"),
        alarms("alarms", "rules_failed"),
        event("failed_deployments_rule", "failed_deployments_topic"),
        event("health_rule", "health_topic"),
    )
    if env.bedrock.application_profile:
        yield promise("bedrock.application_profile = true", alarms("alarms", "model_slow_profile"))
    if env.serves:
        yield promise("image.tag or image.digest, and service.parked = false", alarms("alarms", "no_targets"))
    if env.search.enabled:
        names = (f"search_{what}" for what in ("cpu", "memory", "red", "storage", "vectors", "vectors_memory"))
        yield promise("search.enabled = true", alarms("alarms", *names))
    if env.dns.domain and env.dns.zone_domain:
        yield promise("dns.domain", alarms("alarms", "certificate"))
    if env.edge.enabled and env.monitoring.probe_minutes:
        yield from _probe()
        if env.serves:
            yield promise("monitoring.probe_minutes, image, and service.parked = false", alarms("alarms", "probe"))
    if env.monitoring.spent_usd_a_day is not None:
        yield promise("monitoring.spent_usd_a_day", alarms("alarms", "spent_a_day"))
    if env.quota_alarms:
        yield from _quotas(env)
    if env.monitoring.transaction_search == "own":
        yield from _spans()
    if env.monitoring.tracing == "sidecar":
        yield promise(
            'monitoring.tracing = "sidecar"',
            of("aws_xray_sampling_rule", "traces_rule"),
            of("aws_xray_group", "traces_group"),
        )
    if env.edge.enabled:
        yield from _edge(env)
    for id_, *_ in objectives(env):
        place = f"objective_{id_}"
        yield promise(
            f"monitoring.{id_}_percent",
            of("aws_cloudwatch_composite_alarm", f"{place}_burns"),
            alarms(place, *(f"{rate.id}_{length}" for rate, length, _ in windows())),
        )
    if env.monitoring.dashboard:
        yield promise(
            "monitoring.dashboard = true", of("aws_cloudwatch_dashboard", "site_dashboard", "model_dashboard")
        )
    if env.network.flow_logs:
        yield promise(
            "network.flow_logs = true",
            of("aws_flow_log", "flow_logs_flow_log"),
            of("aws_cloudwatch_log_group", "flow_logs_group"),
            role("flow_logs_role"),
        )
    if env.budget.enabled:
        yield promise("budget.enabled = true", of("aws_budgets_budget", "budget"))
    if env.budget.stop != "off":
        yield promise(
            "budget.stop", of("aws_budgets_budget_action", "budget_stop_action"), role("budget_stop_role", "")
        )
        yield promise("budget.stop", of("aws_budgets_budget", "model_budget"), role_policy("budget_stop_role_access"))


def _probe() -> Iterator[Promise]:
    yield promise(
        "monitoring.probe_minutes",
        function_role("probe_role"),
        role("probe_schedule_role"),
        of("aws_lambda_function", "probe_function"),
        of("aws_s3_object", "probe_signed_source"),
        of("aws_signer_signing_job", "probe_signed_job"),
        of("aws_scheduler_schedule", "probe_schedule"),
    )


def _quotas(env: Environment) -> Iterator[Promise]:
    kinds = [quota.kind for quota in env.watched_quotas]
    yield promise(
        "bedrock.quota_alarms",
        alarms("quota_alarms", *(f"{kind}_{percent}" for kind in kinds for percent in SHARES)),
        function_role("quota_alarms_role"),
        role("quota_alarms_schedule_role"),
        of("aws_lambda_function", "quota_alarms_function"),
        of("aws_s3_object", "quota_alarms_signed_source"),
        of("aws_signer_signing_job", "quota_alarms_signed_job"),
        of("aws_scheduler_schedule", "quota_alarms_schedule"),
    )


def _spans() -> Iterator[Promise]:
    yield promise(
        'monitoring.transaction_search = "own"',
        of("aws_cloudcontrolapi_resource", "transaction_search_switch"),
        of("aws_cloudwatch_log_resource_policy", "transaction_search_policy"),
        of("data.aws_iam_policy_document", "transaction_search_policy_document"),
        function_role("span_retention_role"),
        role("span_retention_schedule_role"),
        of("aws_lambda_function", "span_retention_function"),
        of("aws_s3_object", "span_retention_signed_source"),
        of("aws_signer_signing_job", "span_retention_signed_job"),
        of("aws_scheduler_schedule", "span_retention_schedule"),
    )


def _edge(env: Environment) -> Iterator[Promise]:
    yield promise("edge.enabled = true", alarms("edge_alarms", "edge_5xx", "waf_blocked"))
    if env.region != GLOBAL_REGION:
        yield promise(f'edge.enabled = true and region = "{env.region}"', topic("edge_topic"))
        if env.dns.domain and env.dns.zone_domain:
            yield promise(f'dns.domain and region = "{env.region}"', alarms("edge_alarms", "certificate"))
        yield promise("monitoring.alarm_emails", subscriptions("edge_topic", env.monitoring.alarm_emails))
