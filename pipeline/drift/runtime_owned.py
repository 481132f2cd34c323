"""What running systems change by themselves: Terraform leaves it alone, drift tells it apart from what people did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Resource type -> attribute -> who changes it. Owned is what stands here and in the resource's `ignore_changes`:
# what Terraform would set back is drift, whoever changed it, and what is ignored without an owner is a mistake.
RUNTIME_OWNED: Mapping[str, Mapping[str, str]] = {
    "aws_appautoscaling_target": {
        "min_capacity": "schedules and failover",
        "max_capacity": "schedules and failover",
    },
    "aws_cloudfrontkeyvaluestore_key": {"value": "the failover switch"},
    "aws_ecs_service": {
        "desired_count": "autoscaling",
        "load_balancer": "CodeDeploy",
        "task_definition": "CodeDeploy",
    },
    "aws_lb_listener": {"default_action": "CodeDeploy"},
    "aws_lb_listener_rule": {"action": "CodeDeploy"},
    "aws_signer_signing_job": {"source": "a new package, which makes a new job"},
}


def owner(kind: str, block: Mapping[str, Any], attribute: str) -> str:
    """Who changes `attribute` of a resource of type `kind`, configured as `block`; empty when only we may."""
    ignored = block.get("lifecycle", {}).get("ignore_changes", ())
    return RUNTIME_OWNED.get(kind, {}).get(attribute, "") if attribute in ignored else ""
