"""CloudWatch logs, alarms, dashboards, Container Insights, and mails."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from pipeline.cost.context import PricedResource, Pricer, PricingContext
from pipeline.cost.model import Line
from pipeline.cost.table import NoPriceError

# Container Insights on Fargate, counted by dimension in "Amazon ECS Container Insights metrics" of the CloudWatch user
# guide, without those of EC2 instances, EBS volumes and restart policies.
METRICS_PER_CLUSTER, METRICS_PER_SERVICE, METRICS_PER_FAMILY = 12, 15, 10
KIB_PER_WAF_RECORD = 2
KIB_PER_EVENT = 2  # of CloudTrail
BYTES_PER_TOKEN = 6  # four characters of English text, and what JSON adds to them
QUIET_LOG_MIB = 10  # OpenSearch's, shells', the bootstrap's: little unless something is wrong
STORED_SHARE = Decimal("0.15")  # of the ingested size, compressed (CloudWatch pricing)
DAYS_PER_MONTH = 30
MAILS_PER_MONTH = 100


def log_group(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """What is written, and what is kept of it once the oldest is as old as the retention."""
    written = context.usage(_gigabytes(resource.body["name"], context))
    months = Decimal(resource.body["retention_in_days"]) / DAYS_PER_MONTH
    yield context.used(resource, "logs written", "cloudwatch.logs.ingest", written)
    yield context.used(resource, "logs kept", "cloudwatch.logs.store", written.times(STORED_SHARE * months))


def _gigabytes(name: str, context: PricingContext) -> Decimal:
    cost = context.env.cost
    if name.startswith("aws-waf-logs-"):
        return Decimal(cost.requests_per_month * KIB_PER_WAF_RECORD) / 1024 / 1024
    if name.endswith("/trail"):
        return Decimal(cost.account_events * KIB_PER_EVENT) / 1024 / 1024
    if name.endswith("/invocations"):
        tokens = cost.chats_per_month * (cost.input_tokens_per_chat + cost.output_tokens_per_chat)
        return Decimal(tokens * BYTES_PER_TOKEN) / 1024**3
    if name.endswith("/flow-logs"):
        return Decimal(cost.flow_log_mib) / 1024
    return Decimal(cost.app_log_mib if name.endswith("/app") else QUIET_LOG_MIB) / 1024


def alarm(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Metric math is charged by the metric it reads."""
    metrics = sum(1 for query in resource.body.get("metric_query", ()) if query.get("metric"))
    yield context.fixed(resource, "alarm", "cloudwatch.alarm", max(metrics, 1))


def dashboard(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    yield context.fixed(resource, "dashboard", "cloudwatch.dashboard")


def cluster(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """The cluster is free; Container Insights is charged as custom metrics."""
    settings = {each["name"]: each["value"] for each in resource.body.get("setting", ())}
    insights = settings.get("containerInsights", "disabled")
    if insights == "enhanced":
        raise NoPriceError("Container Insights with enhanced observability is charged by observation")
    if insights == "enabled":
        services = len(context.of_type("aws_ecs_service"))
        families = len(context.of_type("aws_ecs_task_definition"))
        metrics = METRICS_PER_CLUSTER + METRICS_PER_SERVICE * services + METRICS_PER_FAMILY * families
        yield context.fixed(resource, "Container Insights metrics", "cloudwatch.metric", metrics)


def topic(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    mails = context.usage(Decimal(MAILS_PER_MONTH) / 100_000)
    yield context.used(resource, "mails", "sns.email", mails)


def composite_alarm(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    yield context.fixed(resource, "composite alarm", "cloudwatch.composite_alarm")


def metric_filter(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """A custom metric, charged for the hours in which something matches: all of them at most."""
    yield context.fixed(resource, "metric of a log filter", "cloudwatch.metric")


PRICERS: dict[str, Pricer] = {
    "aws_cloudwatch_log_group": log_group,
    "aws_cloudwatch_metric_alarm": alarm,
    "aws_cloudwatch_composite_alarm": composite_alarm,
    "aws_cloudwatch_log_metric_filter": metric_filter,
    "aws_cloudwatch_dashboard": dashboard,
    "aws_ecs_cluster": cluster,
    "aws_sns_topic": topic,
}
