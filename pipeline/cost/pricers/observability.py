"""CloudWatch logs, alarms and dashboards; e-mails of SNS."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from config.application_metrics import INGESTION_METRICS, METRICS, PROBE_METRICS, SPENT
from pipeline.cost.context import PricedResource, Pricer, PricingContext
from pipeline.cost.model import HOURS, Line, Range
from pipeline.cost.table import NoPriceError
from pipeline.cost.usage import questions, span_gb, traced_questions
from terraform_json.blocks import nested_block

KIB_PER_WAF_RECORD = 2
KIB_PER_EVENT = 2  # of CloudTrail
BYTES_PER_TOKEN = 6  # four characters of English text, and JSON's overhead
QUIET_LOG_MIB = 10  # logs of OpenSearch, shells and the search bootstrap: small unless something is wrong
STORED_SHARE = Decimal("0.15")  # of the ingested size, compressed (CloudWatch pricing)
DAYS_PER_MONTH = 30
MAILS_PER_MONTH = 100
MATCHED_SHARE = Decimal("0.25")  # of the hours; what is counted is rare, and no hour or all may have it


def price_log_group(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Ingestion, and storage at steady state (retention reached)."""
    written = context.usage(_gigabytes(resource.body["name"], context))
    months = Decimal(resource.body["retention_in_days"]) / DAYS_PER_MONTH
    if months <= 0:
        raise NoPriceError("it keeps its logs for ever, which has no price a month")
    yield context.used(resource, "logs written", "cloudwatch.logs.ingest", written)
    yield context.used(resource, "logs kept", "cloudwatch.logs.store", written.times(STORED_SHARE * months))
    if resource.body["name"] == context.env.names.path("app") and context.env.monitoring.tracing == "otlp":
        yield from _spans(resource, context)
    if not context.env.metrics_namespace:
        return
    if resource.body["name"] == context.env.names.path("app"):
        yield context.used(resource, "metrics of the application", "cloudwatch.metric", _application_metrics(context))
    if resource.body["name"] == context.env.names.path("ingestion", "ledger"):
        count = len(INGESTION_METRICS) * len(context.env.ingestion.sources)
        hours = Range(Decimal(0), MATCHED_SHARE, Decimal(1)).times(Decimal(count))
        yield context.used(resource, "metrics of ingestion", "cloudwatch.metric", hours)
    if resource.body["name"] == context.env.names.path("probe"):
        yield context.fixed(resource, "metrics of the probe", "cloudwatch.metric", len(PROBE_METRICS))


def price_sampling_rule(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Traces of the questions that the rule has traced; X-Ray keeps them for 30 days without a charge."""
    yield context.used(resource, "traces recorded", "xray.recorded", _million_traces(context))


def price_traces_group(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """Traces that match the group, charged as retrieved ("Configuring groups", X-Ray developer guide)."""
    yield context.used(resource, "traces matched", "xray.retrieved", _million_traces(context))


def _million_traces(context: PricingContext) -> Range:
    return context.usage(traced_questions(context.env) / 1_000_000)


def _spans(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """What the application sends to X-Ray, kept in a log group of AWS's; an owner elsewhere may keep it otherwise."""
    written = context.usage(span_gb(context.env))
    months = Decimal(context.env.monitoring.spans_retention_days) / DAYS_PER_MONTH
    yield context.used(resource, "spans written", "cloudwatch.spans.ingest", written)
    yield context.used(resource, "spans kept", "cloudwatch.logs.store", written.times(STORED_SHARE * months))


def _application_metrics(context: PricingContext) -> Range:
    """Months of metrics: each is charged for the hours in which it has values, at most one question for each."""
    env = context.env
    total = Range.fixed(0)
    for metric in METRICS:
        asked = questions(env) if metric.name in SPENT else env.cost.chats_per_month
        hours = context.usage(asked).times(Decimal(1) / HOURS).most(Decimal(1))
        seldom = Range(hours.low * 0, hours.expected * MATCHED_SHARE, hours.high)
        total += (seldom if metric.often == "seldom" else hours).times(Decimal(metric.billed))
    return total


def _gigabytes(name: str, context: PricingContext) -> Decimal:
    cost, assumed = context.env.cost, context.assumed
    if name.startswith("aws-waf-logs-"):
        return assumed.requests * KIB_PER_WAF_RECORD / 1024 / 1024
    if name.endswith("/trail"):
        return Decimal(cost.account_events * KIB_PER_EVENT) / 1024 / 1024
    if name.endswith("/invocations"):
        tokens = questions(context.env) * (cost.input_tokens_per_chat + cost.output_tokens_per_chat)
        return Decimal(tokens * BYTES_PER_TOKEN) / 1024**3
    if name.endswith("/flow-logs"):
        return assumed.flow_log_mib / 1024
    return (assumed.app_log_mib if name.endswith("/app") else Decimal(QUIET_LOG_MIB)) / 1024


def price_alarm(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """The alarm; metric math is charged for each metric it reads, a query (SELECT) for each that it finds."""
    if any("SELECT" in str(query.get("expression", "")).upper() for query in resource.body.get("metric_query", ())):
        raise NoPriceError("an alarm on a metrics query is charged by the metrics that it finds")
    metrics = sum(1 for query in resource.body.get("metric_query", ()) if query.get("metric"))
    yield context.fixed(resource, "alarm", "cloudwatch.alarm", max(metrics, 1))


def price_dashboard(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """The dashboard."""
    yield context.fixed(resource, "dashboard", "cloudwatch.dashboard")


def price_topic(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """E-mails to subscribers."""
    mails = context.usage(Decimal(MAILS_PER_MONTH) / 100_000)
    yield context.used(resource, "mails", "sns.email", mails)


def price_composite_alarm(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """The composite alarm."""
    yield context.fixed(resource, "composite alarm", "cloudwatch.composite_alarm")


def price_metric_filter(resource: PricedResource, context: PricingContext) -> Iterator[Line]:
    """A custom metric, charged for hours in which an event matches; with a default value, for every hour."""
    always = "default_value" in nested_block(resource.body["metric_transformation"])
    hours = Range.fixed(1) if always else Range(Decimal(0), MATCHED_SHARE, Decimal(1))
    yield context.used(resource, "metric of a log filter", "cloudwatch.metric", hours)


PRICERS: dict[str, Pricer] = {
    "aws_cloudwatch_log_group": price_log_group,
    "aws_cloudwatch_metric_alarm": price_alarm,
    "aws_cloudwatch_composite_alarm": price_composite_alarm,
    "aws_cloudwatch_log_metric_filter": price_metric_filter,
    "aws_cloudwatch_dashboard": price_dashboard,
    "aws_sns_topic": price_topic,
    "aws_xray_group": price_traces_group,
    "aws_xray_sampling_rule": price_sampling_rule,
}
