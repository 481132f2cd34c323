"""CKV_AWS_334 looks for a key `privilege` that ECS doesn't have, and passes privileged containers."""

from __future__ import annotations

from policies.rule import Conf, Rule, container_definitions


class EcsPrivileged(Rule):
    check_id = "CKV_SITECHAT_1"
    title = "A container must not run privileged, with added capabilities or with devices of its host"
    fix = (
        "remove privileged, linuxParameters.capabilities.add and linuxParameters.devices from the container definition"
    )
    resources = ("aws_ecs_task_definition",)
    attributes = (
        "container_definitions/privileged",
        "container_definitions/linuxParameters/capabilities/add",
        "container_definitions/linuxParameters/devices",
    )

    def broken(self, conf: Conf) -> bool:
        return any(container.get("privileged") or _added(container) for container in container_definitions(conf))


def _added(container: Conf) -> bool:
    parameters = container.get("linuxParameters") or {}
    return bool((parameters.get("capabilities") or {}).get("add") or parameters.get("devices"))


check = EcsPrivileged()
