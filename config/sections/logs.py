"""[logs]: retention of logs."""

from __future__ import annotations

from pydantic import Field

from config.checks import Retention, StrictModel


class LogsSection(StrictModel):
    """Retention of log groups that have no setting of their own."""

    retention_days: Retention = Field(default=7, description="How long the application's logs are kept.")
    audit_retention_days: Retention = Field(default=365, description="How long audit logs are kept.")
