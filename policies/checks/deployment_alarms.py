"""Alarms of a rolling deployment that only fail it would leave the broken tasks where they are."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value


class DeploymentAlarms(Rule):
    check_id = "CKV_SITECHAT_78"
    title = "Alarms of a service's deployments must take them back"
    fix = "set alarms.enable and alarms.rollback to true, or leave alarms out (deployment.rollback_alarms = false)"
    resources = ("aws_ecs_service",)
    attributes = ("alarms/enable", "alarms/rollback")

    def broken(self, conf: Conf) -> bool:
        return any(
            value(each, key) not in (True, "true")
            for each in nested_blocks(conf, "alarms")
            for key in ("enable", "rollback")
        )


check = DeploymentAlarms()
