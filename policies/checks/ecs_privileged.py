"""CKV_AWS_334 looks for a key `privilege` that ECS doesn't have, and passes privileged containers."""

from policies.rule import Conf, Rule, containers


class EcsPrivileged(Rule):
    check_id = "CKV_SITECHAT_1"
    title = "A container must not run privileged or with added capabilities"
    fix = "remove privileged and linuxParameters.capabilities.add from the container definition"
    resources = ("aws_ecs_task_definition",)
    attributes = ("container_definitions/privileged", "container_definitions/linuxParameters/capabilities/add")

    def broken(self, conf: Conf) -> bool:
        return any(container.get("privileged") or _added(container) for container in containers(conf))


def _added(container: Conf) -> bool:
    capabilities = (container.get("linuxParameters") or {}).get("capabilities") or {}
    return bool(capabilities.get("add"))


check = EcsPrivileged()
