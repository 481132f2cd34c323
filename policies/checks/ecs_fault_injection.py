"""Fault injection lets a process in a container cut the task's network; checkov has no rule for it."""

from __future__ import annotations

from policies.rule import Conf, Rule, value


class EcsFaultInjection(Rule):
    check_id = "CKV_SITECHAT_36"
    title = "A task must not accept fault injection"
    fix = "remove enable_fault_injection"
    resources = ("aws_ecs_task_definition",)
    attributes = ("enable_fault_injection",)

    def broken(self, conf: Conf) -> bool:
        return value(conf, "enable_fault_injection") in (True, "true")


check = EcsFaultInjection()
