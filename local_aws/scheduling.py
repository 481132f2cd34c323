"""Reasons that ministack's scheduler gives for stopping a task of a service; others are those of people."""

from __future__ import annotations

BY_SCHEDULER = ("Deployment capacity limit", "Deployment completed", "Service scaling down", "Task definition updated")
