"""Deployments that never become healthy must end by themselves; checkov has no rule for the circuit breaker."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value


class DeploymentRollback(Rule):
    check_id = "CKV_SITECHAT_22"
    title = "A service must roll a failed deployment back"
    fix = "set enable and rollback in deployment_circuit_breaker, or deploy with CodeDeploy"
    resources = ("aws_ecs_service",)
    attributes = ("deployment_circuit_breaker/enable", "deployment_circuit_breaker/rollback")

    def broken(self, conf: Conf) -> bool:
        controllers = nested_blocks(conf, "deployment_controller")
        if any(value(each, "type") == "CODE_DEPLOY" for each in controllers):
            return False  # CodeDeploy has a rollback of its own and refuses the breaker
        breakers = nested_blocks(conf, "deployment_circuit_breaker")
        return not any(_on(each, "enable") and _on(each, "rollback") for each in breakers)


def _on(block: Conf, key: str) -> bool:
    return value(block, key) in (True, "true")


check = DeploymentRollback()
