"""Containers must not run as root; checkov has no rule for the user of a container."""

from __future__ import annotations

from policies.rule import Conf, Rule, container_definitions

_ROOT = {"", "0", "root"}


class EcsUser(Rule):
    check_id = "CKV_SITECHAT_12"
    title = "A container must run as a user that is not root"
    fix = 'set user to a number other than 0, such as "10001:10001"'
    resources = ("aws_ecs_task_definition",)
    attributes = ("container_definitions/user",)

    def broken(self, conf: Conf) -> bool:
        users = (str(container.get("user") or "") for container in container_definitions(conf))
        return any(user.partition(":")[0].strip() in _ROOT for user in users)


check = EcsUser()
