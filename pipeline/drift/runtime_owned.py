"""Attributes that running systems change by themselves. Terraform ignores them; drift shows them apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Resource type -> attribute -> the system that changes it. It counts only when the resource's `ignore_changes` names it
# too: otherwise Terraform would set it back, and that is drift. Every ignored attribute must have an entry (a test).
RUNTIME_OWNED: Mapping[str, Mapping[str, str]] = {
    "aws_appautoscaling_target": {
        "min_capacity": "schedules and failover",
        "max_capacity": "schedules and failover",
        "suspended_state": "releases",
    },
    "aws_cloudfrontkeyvaluestore_key": {"value": "the failover switch"},
    "aws_ecs_service": {
        "capacity_provider_strategy": "CodeDeploy",
        "desired_count": "autoscaling",
        "load_balancer": "CodeDeploy",
        "network_configuration": "CodeDeploy",
        "platform_version": "CodeDeploy",
        "task_definition": "releases",
    },
    "aws_lb_listener": {"default_action": "CodeDeploy"},
    "aws_lb_listener_rule": {"action": "ECS"},
    "aws_signer_signing_job": {"source": "a new package, which makes a new job"},
}


def runtime_owner(kind: str, block: Mapping[str, Any], attribute: str) -> str:
    """The system that changes `attribute` of a resource of type `kind`, configured as `block`; empty if none may."""
    ignored = block.get("lifecycle", {}).get("ignore_changes", ())
    return RUNTIME_OWNED.get(kind, {}).get(attribute, "") if attribute in ignored else ""
