"""A site that speaks TLS."""

from __future__ import annotations

from tests.support.tasks_over_tls import certificate, tasks

__all__ = ["certificate", "tasks"]
