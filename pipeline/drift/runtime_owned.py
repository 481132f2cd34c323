"""Attributes that running systems change by themselves. Terraform ignores them; drift shows them apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.switches import DENIAL

# Resource type -> attribute -> the system that changes it. It counts only when the resource's `ignore_changes` names it
# too: otherwise Terraform would set it back, and that is drift. Every ignored attribute must have an entry (a test).
RUNTIME_OWNED: Mapping[str, Mapping[str, str]] = {
    "aws_appautoscaling_target": {
        "min_capacity": "schedules and failover",
        "max_capacity": "schedules and failover",
        "suspended_state": "releases",
    },
    "aws_cloudfrontkeyvaluestore_key": {"value": "the failover switch"},
    "aws_cloudwatch_metric_alarm": {"threshold": "the function that reads the model's quota"},
    "aws_ecs_service": {
        "alarms": "releases",
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

# What the policy that stops the model changes where it is attached: attributes that no configuration sets, so that no
# plan sets them back. Of a role's policies none but that one counts.
_KILL_SWITCH = "the kill switch"
_RAN = ("aws_budgets_budget_action", "status")
_COUNTED, _LISTED = ("aws_iam_policy", "attachment_count"), ("aws_iam_role", "managed_policy_arns")


def runtime_owner(kind: str, block: Mapping[str, Any], attribute: str) -> str:
    """The system that changes `attribute` of a resource of type `kind`, configured as `block`; empty if none may."""
    ignored = block.get("lifecycle", {}).get("ignore_changes", ())
    return RUNTIME_OWNED.get(kind, {}).get(attribute, "") if attribute in ignored else ""


def kill_switch(kind: str, block: Mapping[str, Any], attribute: str, values: tuple[str | None, str | None]) -> str:
    """ "the kill switch" where the policy that stops the model was attached or detached; else empty.

    `values` are those before and after, as they are shown.
    """
    if attribute in block:
        return ""
    if (kind, attribute) == _RAN:
        return _KILL_SWITCH
    if (kind, attribute) == _COUNTED:
        return _KILL_SWITCH if str(block.get("name", "")).endswith(f"-{DENIAL}") else ""
    told = [each.strip('"') for each in values if each is not None]
    named = told and all(each.endswith(f"-{DENIAL}") for each in told)
    return _KILL_SWITCH if (kind, attribute) == _LISTED and named else ""
