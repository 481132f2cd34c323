"""CKV_AWS_335 looks for a container key `pidMode`; the namespaces are set on the task."""

from __future__ import annotations

from policies.rule import Conf, Rule, value


class EcsHostNamespaces(Rule):
    check_id = "CKV_SITECHAT_2"
    title = "A task must have its own process, IPC and network namespaces"
    fix = 'remove pid_mode and ipc_mode, set network_mode to "awsvpc"'
    resources = ("aws_ecs_task_definition",)
    attributes = ("pid_mode", "ipc_mode", "network_mode")

    def broken(self, conf: Conf) -> bool:
        shared = value(conf, "pid_mode") == "host" or value(conf, "ipc_mode") == "host"
        return shared or bool(value(conf, "network_mode") != "awsvpc")


check = EcsHostNamespaces()
