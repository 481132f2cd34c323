"""ECS.9: output of a container without a log configuration is lost; checkov has no rule for it."""

from __future__ import annotations

from policies.rule import Conf, Rule, container_definitions


class EcsLogConfiguration(Rule):
    check_id = "CKV_SITECHAT_60"
    title = "A container must send its log somewhere"
    fix = "set logConfiguration in the container definition"
    resources = ("aws_ecs_task_definition",)
    attributes = ("container_definitions/logConfiguration",)

    def broken(self, conf: Conf) -> bool:
        return any(
            not (container.get("logConfiguration") or {}).get("logDriver") for container in container_definitions(conf)
        )


check = EcsLogConfiguration()
