"""The current time as manifests and reports write it: UTC, in whole seconds."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Current time in UTC, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def stamp(moment: datetime) -> str:
    """Format a time as manifests do: 2026-01-31T12:00:00Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
