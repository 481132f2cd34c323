"""[monitoring]: alarms, objectives, metrics, probe and dashboards."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.checks import Mails, Numbers, Retention, StrictModel, Text
from config.objectives import BUDGET_DAYS, LEAST_PERCENT, MOST_PERCENT

# A tag can be moved, a digest can't; the registry is AWS's public one.
CollectorImage = Annotated[
    str,
    Text(
        r"public\.ecr\.aws/aws-observability/aws-otel-collector:v\d{1,3}\.\d{1,3}\.\d{1,3}@sha256:[0-9a-f]{64}",
        "public.ecr.aws/aws-observability/aws-otel-collector:vX.Y.Z@sha256:DIGEST",
    ),
]


class MonitoringSection(StrictModel):
    """Recipients and thresholds of alarms, objectives of the service, metrics of the application, probe, dashboards."""

    # A budget notification takes ten addresses (CreateNotification), and falls back to this list.
    alarm_emails: Mails = Field(
        default=(), max_length=10, description="Recipients of alarms; each confirms once by mail."
    )
    cpu_alarm_percent: int = Field(default=85, ge=1, le=100, description="Average CPU use of the service that alarms.")
    memory_alarm_percent: int = Field(
        default=85, ge=1, le=100, description="Average memory use of the service that alarms."
    )
    availability_percent: float | None = Field(
        default=None,
        ge=LEAST_PERCENT,
        le=MOST_PERCENT,
        allow_inf_nan=False,
        description=f"Objective: share of questions of {BUDGET_DAYS} days that end without a failure; unset, none.",
    )
    first_token_percent: float | None = Field(
        default=None,
        ge=LEAST_PERCENT,
        le=MOST_PERCENT,
        allow_inf_nan=False,
        description=f"Objective: share of answers of {BUDGET_DAYS} days that begin in first_token_seconds.",
    )
    first_token_seconds: float = Field(
        default=5,
        ge=0.5,
        le=60,
        allow_inf_nan=False,
        description="Time within which an answer begins, for the objective first_token_percent.",
    )
    application_metrics: bool = Field(
        default=False,
        description="Have the application write metrics of its questions into its log; CloudWatch bills each.",
    )
    probe_minutes: Annotated[int, Numbers(0, 1, 5, 15, 30, 60)] = Field(
        default=0,
        description="Minutes between questions that a function asks at the site's public address; 0: it asks none.",
    )
    spent_usd_a_day: float | None = Field(
        default=None,
        ge=0.01,
        le=100_000,
        allow_inf_nan=False,
        description="Cost of a day's answers, by their tokens and the model's prices, at which an alarm rings; unset, "
        "none. It stops nothing: `bedrock.stop` does.",
    )
    tracing: Literal["off", "otlp", "sidecar"] = Field(
        default="off",
        description="Traces of questions. otlp: the application sends its spans to X-Ray itself, without a collector; "
        "takes transaction_search. sidecar: a collector in each task does, by X-Ray's own sampling rule and group, "
        "where transaction_search isn't wanted; takes collector_image.",
    )
    collector_image: CollectorImage | None = Field(
        default=None, description='Image of the collector of AWS, by tag and digest, for tracing = "sidecar".'
    )
    traced_percent: float = Field(
        default=100,
        ge=0.01,
        le=100,
        allow_inf_nan=False,
        description="Share of the questions that have a trace, where tracing is on.",
    )
    transaction_search: Literal["own", "adopt", "off"] = Field(
        default="off",
        description="CloudWatch Transaction Search: X-Ray keeps every span of the account and region in the log group "
        "aws/spans, also those of other applications. own: switched on here; adopt: it is on already; off.",
    )
    spans_retention_days: Retention = Field(
        default=30, description='How long spans are kept, in days, where transaction_search = "own".'
    )
    dashboard: bool = Field(default=True, description="Build the dashboards, of the site and of the model.")
