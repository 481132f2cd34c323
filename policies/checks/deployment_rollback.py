"""Deployments that never become healthy must end by themselves; checkov has no rule for either way."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value
from terraform_json.blocks import listed


class DeploymentRollback(Rule):
    check_id = "CKV_SITECHAT_22"
    title = "A service must roll a failed deployment back"
    fix = (
        "set enable and rollback in deployment_circuit_breaker; with CodeDeploy set enabled in "
        "auto_rollback_configuration, with DEPLOYMENT_FAILURE among its events"
    )
    resources = ("aws_codedeploy_deployment_group", "aws_ecs_service")
    attributes = (
        "auto_rollback_configuration/enabled",
        "auto_rollback_configuration/events",
        "deployment_circuit_breaker/enable",
        "deployment_circuit_breaker/rollback",
    )

    def broken(self, conf: Conf) -> bool:
        if "deployment_group_name" in conf:
            rollbacks = nested_blocks(conf, "auto_rollback_configuration")
            return not any(_on(each, "enabled") and "DEPLOYMENT_FAILURE" in _events(each) for each in rollbacks)
        controllers = nested_blocks(conf, "deployment_controller")
        if any(value(each, "type") == "CODE_DEPLOY" for each in controllers):
            return False  # CodeDeploy refuses the breaker; its group rolls back, which is looked at there
        breakers = nested_blocks(conf, "deployment_circuit_breaker")
        return not any(_on(each, "enable") and _on(each, "rollback") for each in breakers)


def _on(block: Conf, key: str) -> bool:
    return value(block, key) in (True, "true")


def _events(block: Conf) -> list[str]:
    """The events, which checkov holds in a list of its own."""
    return [str(event) for each in listed(block.get("events")) for event in listed(each)]


check = DeploymentRollback()
