"""CKV_AWS_223 and 224 pass a cluster without settings for ECS Exec, and don't check the log group of its sessions."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value


class EcsExecSession(Rule):
    check_id = "CKV_SITECHAT_33"
    title = "Sessions in containers must be encrypted with a customer key and logged"
    fix = "set kms_key_id, logging OVERRIDE and an encrypted log group in execute_command_configuration"
    resources = ("aws_ecs_cluster",)
    attributes = (
        "configuration/execute_command_configuration/kms_key_id",
        "configuration/execute_command_configuration/logging",
        "configuration/execute_command_configuration/log_configuration/cloud_watch_encryption_enabled",
        "configuration/execute_command_configuration/log_configuration/cloud_watch_log_group_name",
    )

    def broken(self, conf: Conf) -> bool:
        sessions = [
            each
            for configuration in nested_blocks(conf, "configuration")
            for each in nested_blocks(configuration, "execute_command_configuration")
        ]
        return not any(_kept(each) for each in sessions)


def _kept(session: Conf) -> bool:
    logs = nested_blocks(session, "log_configuration")
    logged = any(
        value(each, "cloud_watch_log_group_name") and value(each, "cloud_watch_encryption_enabled") in (True, "true")
        for each in logs
    )
    return bool(value(session, "kms_key_id")) and value(session, "logging") == "OVERRIDE" and logged


check = EcsExecSession()
