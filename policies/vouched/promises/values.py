"""Arguments whose value is a setting: retention, sizes, limits, recipients, and protection from deletion."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from config.environment import DEPLOYMENT_TAG
from config.model_quotas import ANSWERS, EMBEDS, SHARES
from config.sections.bedrock import profile_prefix
from config.switches import DENIAL
from policies.vouched.promises.alarms import alarm_values
from policies.vouched.promises.parts import secret
from policies.vouched.promises.value import Value

if TYPE_CHECKING:
    from config import Environment


def values(env: Environment) -> Iterator[Value]:
    """Every promised value, by "layer/type.name"; some resources are only built with other settings."""
    yield from _retention(env)
    yield from _recipients(env)
    yield from _tasks(env)
    yield from _releases(env)
    yield from _rules(env)
    yield from _search(env)
    yield from _edge(env)
    yield from _protection(env)
    yield from _stop(env)
    yield from _profile(env)
    yield from _probe(env)
    yield from _quota()
    yield from _spans(env)
    yield from _traces(env)
    yield from alarm_values(env)


def _probe(env: Environment) -> Iterator[Value]:
    """How often the site is asked."""
    minutes, address = env.monitoring.probe_minutes, "monitoring/aws_scheduler_schedule.probe_schedule"
    rate = "rate(1 minute)" if minutes == 1 else f"rate({minutes} minutes)"
    yield Value(address, "schedule_expression", rate, "monitoring.probe_minutes")
    yield Value(address, "state", "ENABLED" if env.serves else "DISABLED", "image, and service.parked = false")


def _quota() -> Iterator[Value]:
    """The quota is read every day, whatever the site does."""
    schedule = "monitoring/aws_scheduler_schedule.quota_alarms_schedule"
    yield Value(schedule, "schedule_expression", "rate(1 day)", "bedrock.quota_alarms")
    yield Value(schedule, "state", "ENABLED", "bedrock.quota_alarms")


def _spans(env: Environment) -> Iterator[Value]:
    """Their retention is put every day, whatever the site does."""
    schedule, reason = "monitoring/aws_scheduler_schedule.span_retention_schedule", "monitoring.transaction_search"
    yield Value(schedule, "schedule_expression", "rate(1 day)", reason)
    yield Value(schedule, "state", "ENABLED", reason)
    function = "monitoring/aws_lambda_function.span_retention_function"
    kept = json.dumps({"days": env.monitoring.spans_retention_days, "group": "aws/spans"})
    yield Value(function, "environment.variables.SPAN_RETENTION", kept, "monitoring.spans_retention_days")


def _traces(env: Environment) -> Iterator[Value]:
    """The share of this application's questions, and of no other's, that the collector has traced."""
    rule, group = "monitoring/aws_xray_sampling_rule.traces_rule", "monitoring/aws_xray_group.traces_group"
    rate, service = float(Decimal(str(env.monitoring.traced_percent)) / 100), env.names.resource("app")
    # The synthesised text has a whole number where it is one.
    yield Value(rule, "fixed_rate", int(rate) if rate == 1 else rate, "monitoring.traced_percent")
    yield Value(rule, "service_name", service, "project")
    yield Value(group, "filter_expression", f'service("{service}")', "project")


def _profile(env: Environment) -> Iterator[Value]:
    """Of which model the environment's own profile is a copy: of no other than tasks may call without it."""
    model, place = env.bedrock.model_id, env.place
    offered = place.arn("bedrock", f"inference-profile/{model}")
    bare = f"arn:{place.partition}:bedrock:{place.region}::foundation-model/{model}"
    source = offered if profile_prefix(model) else bare
    yield Value("llm/aws_bedrock_inference_profile.profile", "model_source[].copy_from", [source], "bedrock.model_id")


def _stop(env: Environment) -> Iterator[Value]:
    """Who may call the function that stops the model, one alarm alone; and when a budget denies which roles."""
    address, name = "llm/aws_lambda_permission.model_stop_alarm_calls", env.names.resource("stop-model")
    action, approval = "monitoring/aws_budgets_budget_action.budget_stop_action", env.budget.stop.upper()
    denial = env.place.arn("iam", f"policy/{env.names.regional(DENIAL)}", region="")
    yield Value(action, "approval_model", approval, "budget.stop")
    yield Value(action, "action_threshold.action_threshold_value", 100, "budget.model_usd")
    told = ["SNS", *("EMAIL" for _ in env.budget_emails)]
    yield Value(action, "subscriber[].subscription_type", told, "budget.emails")
    yield Value(action, "definition.iam_action_definition.policy_arn", denial, "budget.stop")
    yield Value(action, "definition.iam_action_definition.roles", list(env.model_roles), "ingestion.sources")
    yield Value(address, "source_account", env.account_id, "account_id")
    yield Value(address, "source_arn", env.place.arn("cloudwatch", f"alarm:{name}"), "bedrock.stop")


# Log groups by the setting that says how long they keep.
_GROUPS = {
    ("logs", "retention_days"): (
        *("infrastructure/app_logs_group", "infrastructure/exec_logs_group", "llm/bootstrap_role_log_group"),
        *("service/release_hook_inner_role_log_group", "service/release_hook_outer_role_log_group"),
        *("llm/model_stop_role_log_group", "monitoring/probe_role_log_group"),
        *("monitoring/quota_alarms_role_log_group", "monitoring/span_retention_role_log_group"),
        *("llm/loader_role_log_group", "llm/search_logs_application_group", "llm/search_logs_index_slow_group"),
        *("llm/search_logs_search_slow_group", "workflows/embed_role_log_group", "workflows/fetch_role_log_group"),
        *("workflows/ledger_role_log_group", "workflows/run_log_group"),
    ),
    ("logs", "audit_retention_days"): ("llm/search_logs_audit_group", "security/trail_log_group"),
    ("network", "flow_log_retention_days"): ("monitoring/flow_logs_group",),
    ("edge", "waf_log_retention_days"): ("edge/waf_logs_group",),
    ("bedrock", "invocation_log_retention_days"): ("llm/invocations_log_group",),
}
# Buckets whose objects are kept as long as audit logs.
_AUDIT_BUCKETS = (
    *("edge/access_logs_bucket", "infrastructure/log_buckets_alb", "infrastructure/log_buckets_server_access"),
    *("security/recorder_bucket", "security/trail_bucket"),
)


def _retention(env: Environment) -> Iterator[Value]:
    for (section, key), groups in _GROUPS.items():
        for place in groups:
            layer, _, name = place.partition("/")
            address = f"{layer}/aws_cloudwatch_log_group.{name}"
            yield Value(address, "retention_in_days", getattr(getattr(env, section), key), f"{section}.{key}")
    for place in _AUDIT_BUCKETS:
        layer, _, name = place.partition("/")
        address = f"{layer}/aws_s3_bucket_lifecycle_configuration.{name}_expiry"
        days, reason = env.logs.audit_retention_days, "logs.audit_retention_days"
        yield Value(address, "rule[0].expiration[0].days", days, reason)
        yield Value(address, "rule[0].status", "Enabled", reason)
    for name in env.secrets.names:
        days, reason = env.secrets.recovery_window_days, "secrets.recovery_window_days"
        yield Value(f"infrastructure/{secret(name)}", "recovery_window_in_days", days, reason)


def _recipients(env: Environment) -> Iterator[Value]:
    alarms, findings = env.monitoring.alarm_emails, env.security_emails
    for place, emails, reason in (
        ("infrastructure/aws_sns_topic_subscription.alarms", alarms, "monitoring.alarm_emails"),
        ("monitoring/aws_sns_topic_subscription.edge_topic", alarms, "monitoring.alarm_emails"),
        ("security/aws_sns_topic_subscription.topic", findings, "security.emails"),
    ):
        for index, email in enumerate(emails):
            yield Value(f"{place}_email_{index}", "endpoint", email, reason)
            yield Value(f"{place}_email_{index}", "protocol", "email", reason)
    budget, models = (f"monitoring/aws_budgets_budget.{id_}" for id_ in ("budget", "model_budget"))
    yield Value(budget, "limit_amount", f"{env.budget.monthly_usd:.1f}", "budget.monthly_usd")
    deployment = f"user:{DEPLOYMENT_TAG}${env.default_tags[DEPLOYMENT_TAG]}"
    yield Value(budget, "cost_filter[].values", [[deployment]], "project")
    yield Value(budget, "cost_filter[].name", ["TagKeyValue"], "project")
    if env.budget.model_usd is not None:
        yield Value(models, "limit_amount", f"{env.budget.model_usd:.1f}", "budget.model_usd")
        yield Value(models, "cost_filter[].values", [list(env.budget.billed_services)], "budget.model_services")
        yield Value(models, "cost_filter[].name", ["Service"], "budget.stop")
    percents = sorted(env.budget.notify_percent)
    for each in (budget, models):
        yield Value(each, "notification[].threshold", [*percents, percents[-1]], "budget.notify_percent")
        if env.budget_emails:
            mails = [list(env.budget_emails)] * (len(percents) + 1)
            yield Value(each, "notification[].subscriber_email_addresses", mails, "budget.emails")


ALARM = "monitoring/aws_cloudwatch_metric_alarm"


def _tasks(env: Environment) -> Iterator[Value]:
    service, least = env.service, env.fewest_tasks
    most = 0 if service.parked else service.max_tasks
    for name, argument, expected, reason in (
        ("aws_ecs_task_definition.task", "cpu", str(service.cpu), "cpu"),
        ("aws_ecs_task_definition.task", "memory", str(service.memory_mib), "memory_mib"),
        ("aws_ecs_task_definition.task", "runtime_platform.cpu_architecture", service.architecture, "architecture"),
        ("aws_ecs_service.web_service", "desired_count", least, "min_tasks"),
        ("aws_ecs_service.web_service", "enable_execute_command", service.execute_command, "execute_command"),
        ("aws_appautoscaling_target.scaling_target", "min_capacity", least, "min_tasks"),
        ("aws_appautoscaling_target.scaling_target", "max_capacity", most, "max_tasks"),
        ("aws_lb.load_balancer_alb", "idle_timeout", service.idle_timeout_seconds, "idle_timeout_seconds"),
        *_health(env),
    ):
        yield Value(f"service/{name}", argument, expected, f"service.{reason}")
    yield from _connected(env)
    public = env.network.egress == "public_ip"
    yield Value(
        "service/aws_ecs_service.web_service", "network_configuration.assign_public_ip", public, "network.egress"
    )
    asleep = False if service.parked else None
    for name in ("cpu", "memory", "target_5xx", "alb_5xx", "unhealthy_targets", "slow_answers"):
        yield Value(f"{ALARM}.alarms_{name}", "actions_enabled", asleep, "service.parked")
    quotas = (f"quota_alarms_{kind}_{percent}" for kind in (ANSWERS, EMBEDS) for percent in SHARES)
    model = (f"alarms_model_{what}" for what in ("errors", "refused", "slow", "throttled"))
    for name in (
        *model,
        "alarms_spent_a_day",
        "edge_alarms_edge_5xx",
        *quotas,
    ):
        yield Value(f"{ALARM}.{name}", "actions_enabled", asleep, "service.parked")
    for what in ("cpu", "memory"):
        policy, target = f"service/aws_appautoscaling_policy.scaling_{what}", f"{what}_target_percent"
        argument = "target_tracking_scaling_policy_configuration.target_value"
        yield Value(policy, argument, getattr(service, target), f"service.{target}")


def _connected(env: Environment) -> Iterator[Value]:
    """A proxy that cuts no answer; without the setting there is none."""
    service, at = env.service, "service/aws_ecs_service.web_service"
    block, reason = "service_connect_configuration", "service.service_connect"
    if not service.service_connect:
        yield Value(at, block, None, reason)
        return
    for argument, expected in (
        ("enabled", True),
        ("log_configuration.log_driver", "awslogs"),
        ("service[].client_alias.dns_name", [env.project]),
        ("service[].client_alias.port", [service.port]),
        ("service[].timeout.idle_timeout_seconds", [service.idle_timeout_seconds]),
        ("service[].timeout.per_request_timeout_seconds", [0]),
    ):
        yield Value(at, f"{block}.{argument}", expected, reason)


def _health(env: Environment) -> Iterator[tuple[str, str, Any, str]]:
    service = env.service
    protocol = "HTTPS" if service.tls_to_task else "HTTP"
    for name in ("target_group", "second_target_group"):
        group = f"aws_lb_target_group.load_balancer_{name}"
        yield group, "protocol", protocol, "tls_to_task"
        yield group, "health_check.protocol", protocol, "tls_to_task"
        yield group, "health_check.path", service.health_check_path, "health_check_path"
        yield group, "health_check.interval", service.health_check_interval_seconds, "health_check_interval_seconds"
        yield group, "health_check.timeout", service.health_check_timeout_seconds, "health_check_timeout_seconds"


def _rules(env: Environment) -> Iterator[Value]:
    """Which requests the rules of listeners forward: all, for ECS to shift, or those that viewers made over HTTPS."""
    if env.dns.domain:
        ruled = env.shifts_releases and not env.uses_code_deploy
        for name in ("https_all", "tests_all") if ruled else ():
            rule = f"service/aws_lb_listener_rule.load_balancer_{name}"
            yield Value(rule, "condition", [{"path_pattern": {"values": ["*"]}}], "deployment.controller")
        return
    header = {"http_header_name": "CloudFront-Forwarded-Proto", "values": ["https"]}
    rule = "service/aws_lb_listener_rule.load_balancer_viewer_https"
    yield Value(rule, "condition", [{"http_header": header}], "dns.domain")


# Kinds of shifts, and the blocks that hold their numbers.
_SHIFTS = {"canary": "TimeBasedCanary", "linear": "TimeBasedLinear"}


def _releases(env: Environment) -> Iterator[Value]:
    """Who deploys, how fast visitors move, how long old tasks stay, and what takes a release back."""
    deployment, shifts = env.deployment, env.uses_code_deploy
    argument, controller = ("deployment_controller.type", "CODE_DEPLOY") if shifts else ("deployment_controller", None)
    yield Value("service/aws_ecs_service.web_service", argument, controller, "deployment.strategy")
    if env.shifts_releases and not shifts:
        yield from _native(env)
    # With CodeDeploy the group has them: ECS takes none of such a service (DeploymentAlarms, ECS API reference).
    named = deployment.rollback_alarms and not shifts
    for argument in ("alarms.enable", "alarms.rollback") if named else ("alarms",):
        yield Value(
            "service/aws_ecs_service.web_service", argument, True if named else None, "deployment.rollback_alarms"
        )
    group = "service/aws_codedeploy_deployment_group.releases_group"
    events = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST"]
    events += ["DEPLOYMENT_STOP_ON_ALARM"] if deployment.rollback_alarms else []
    kind = _SHIFTS.get(deployment.strategy)
    watched = True if deployment.rollback_alarms else None
    ended = "blue_green_deployment_config.terminate_blue_instances_on_deployment_success"
    for argument, expected, reason in (
        (f"{ended}.termination_wait_time_in_minutes", deployment.old_tasks_minutes, "bake_minutes"),
        ("auto_rollback_configuration.events", events, "rollback_alarms"),
        *((("deployment_config_name", "CodeDeployDefault.ECSAllAtOnce", "strategy"),) if not kind else ()),
        ("alarm_configuration.enabled", watched, "rollback_alarms"),
        ("alarm_configuration.ignore_poll_alarm_failure", False if watched else None, "rollback_alarms"),
    ):
        yield Value(group, argument, expected, f"deployment.{reason}")
    if kind:
        config, block = "service/aws_codedeploy_deployment_config.releases_shift", f"time_based_{deployment.strategy}"
        percent, minutes = (getattr(deployment, f"{deployment.strategy}_{each}") for each in ("percent", "minutes"))
        yield Value(config, "traffic_routing_config.type", kind, "deployment.strategy")
        yield Value(config, f"traffic_routing_config.{block}.percentage", percent, "deployment.strategy")
        yield Value(config, f"traffic_routing_config.{block}.interval", minutes, "deployment.strategy")


def _native(env: Environment) -> Iterator[Value]:
    """The same of a service that ECS deploys by itself; without a task there is nobody to try."""
    deployment, service = env.deployment, "service/aws_ecs_service.web_service"
    configuration = "deployment_configuration"
    yield Value(service, f"{configuration}.strategy", deployment.strategy.upper(), "deployment.strategy")
    yield Value(
        service, f"{configuration}.bake_time_in_minutes", str(deployment.bake_minutes), "deployment.bake_minutes"
    )
    if deployment.strategy in _SHIFTS:
        step = {"canary": "canary", "linear": "step"}[deployment.strategy]
        block = f"{configuration}.{deployment.strategy}_configuration.{step}"
        percent, minutes = (getattr(deployment, f"{deployment.strategy}_{each}") for each in ("percent", "minutes"))
        yield Value(service, f"{block}_percent", percent, "deployment.strategy")
        yield Value(service, f"{block}_bake_time_in_minutes", str(minutes), "deployment.strategy")
    stages = [["POST_TEST_TRAFFIC_SHIFT"]] if env.serves else None
    yield Value(service, f"{configuration}.lifecycle_hook[].lifecycle_stages", stages, "deployment.controller")


def _search(env: Environment) -> Iterator[Value]:
    search = env.search
    if not search.builds_domain:
        return
    for argument, expected, reason in (
        ("cluster_config.instance_type", search.instance_type, "instance_type"),
        ("cluster_config.instance_count", search.instance_count, "instance_count"),
        ("cluster_config.dedicated_master_enabled", search.dedicated_masters > 0, "dedicated_masters"),
        ("cluster_config.zone_awareness_enabled", env.search_zones > 1, "instance_count"),
        ("ebs_options.volume_size", search.volume_gib, "volume_gib"),
        ("engine_version", search.engine_version, "engine_version"),
    ):
        yield Value("llm/aws_opensearch_domain.search_domain", argument, expected, f"search.{reason}")


_MANAGED_RULES = ["core", "known-bad-inputs", "ip-reputation", "anonymous"]


# CloudFront's managed policy CachingDisabled.
_UNCACHED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"


def _edge(env: Environment) -> Iterator[Value]:
    edge, acl = env.edge, "edge/aws_wafv2_web_acl.firewall_acl"
    site = "edge/aws_cloudfront_distribution.site_distribution"
    limit = "rule[0].statement.rate_based_statement.limit"
    managed = _MANAGED_RULES if edge.waf_managed_rules else []
    yield Value(acl, limit, edge.rate_limit_per_5_minutes, "edge.rate_limit_per_5_minutes")
    yield Value(acl, "rule[].name", ["rate-limit", *managed, "body"], "edge.waf_managed_rules")
    yield Value(site, "price_class", edge.price_class, "edge.price_class")
    # Chat and health are asked anew each time; what is cached is static, and nothing comes before them.
    paths = ["/api/*", "/health", *edge.static_paths]
    yield Value(site, "ordered_cache_behavior[].path_pattern", paths, "edge.static_paths")
    for number in (0, 1):
        yield Value(site, f"ordered_cache_behavior[{number}].cache_policy_id", _UNCACHED, "edge.static_paths")
    preload = "security_headers_config.strict_transport_security.preload"
    headers = "edge/aws_cloudfront_response_headers_policy.headers_policy"
    yield Value(headers, preload, edge.hsts_preload or env.dns.domain is None, "edge.hsts_preload")
    geo, reason = "restrictions.geo_restriction", "edge.geo_allow"
    yield Value(site, f"{geo}.restriction_type", "whitelist" if edge.geo_allow else "none", reason)
    if edge.geo_allow:
        yield Value(site, f"{geo}.locations", list(edge.geo_allow), reason)


# What holds data, by layer.
_KEPT = (
    *("dns/aws_route53_zone.zone", "edge/aws_kms_key.key", "edge/aws_s3_bucket.access_logs_bucket"),
    *("edge/aws_s3_bucket.fallback_bucket", "infrastructure/aws_ecr_repository.images_repository"),
    *("infrastructure/aws_kms_key.key", "infrastructure/aws_s3_bucket.log_buckets_alb_bucket"),
    *("infrastructure/aws_s3_bucket.log_buckets_server_access_bucket", "llm/aws_kms_key.invocations_key"),
    *("llm/aws_cloudwatch_log_group.search_logs_audit_group", "security/aws_cloudwatch_log_group.trail_log_group"),
    *(
        "security/aws_cloudtrail.trail",
        "llm/aws_opensearch_domain.search_domain",
        "llm/aws_s3_bucket.code_signing_bucket",
    ),
    *("security/aws_kms_key.key", "security/aws_s3_bucket.recorder_bucket", "security/aws_s3_bucket.trail_bucket"),
    "security/aws_dynamodb_table.news_told",
    *("workflows/aws_dynamodb_table.storage_ledger", "workflows/aws_s3_bucket.storage_pages_bucket"),
)


def _protection(env: Environment) -> Iterator[Value]:
    kept, reason = env.protection, "protection"
    for address in (*_KEPT, *(f"infrastructure/{secret(name)}" for name in env.secrets.names)):
        yield Value(address, "lifecycle.prevent_destroy", True if kept else None, reason)
        if "/aws_s3_bucket." in address:
            yield Value(address, "force_destroy", not kept, reason)
        if "/aws_kms_key." in address:
            yield Value(address, "deletion_window_in_days", 30 if kept else 7, reason)
    yield Value("infrastructure/aws_ecr_repository.images_repository", "force_delete", not kept, reason)
    yield Value("service/aws_lb.load_balancer_alb", "enable_deletion_protection", kept, reason)
    for table in ("security/aws_dynamodb_table.news_told", "workflows/aws_dynamodb_table.storage_ledger"):
        yield Value(table, "deletion_protection_enabled", kept, reason)
