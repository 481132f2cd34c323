"""[monitoring]: alarms and dashboard."""

from __future__ import annotations

from pydantic import Field

from config.checks import Mails, StrictModel


class MonitoringSection(StrictModel):
    """Recipients and thresholds of alarms, and the dashboard."""

    # A budget notification takes ten addresses (CreateNotification), and falls back to this list.
    alarm_emails: Mails = Field(
        default=(), max_length=10, description="Recipients of alarms; each confirms once by mail."
    )
    cpu_alarm_percent: int = Field(default=85, ge=1, le=100, description="Average CPU use of the service that alarms.")
    memory_alarm_percent: int = Field(
        default=85, ge=1, le=100, description="Average memory use of the service that alarms."
    )
    application_metrics: bool = Field(
        default=False,
        description="Have the application write metrics of its questions into its log; CloudWatch bills each.",
    )
    dashboard: bool = Field(default=True, description="Build the dashboard.")
