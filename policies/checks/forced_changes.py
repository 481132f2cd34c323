""" "Force" arguments delete or overwrite what AWS otherwise refuses to, before a person can decide."""

from __future__ import annotations

from policies.rule import Conf, Rule, value

_SWITCHES = ("force_delete", "force_destroy", "force_overwrite_replica_secret")


class ForcedChanges(Rule):
    check_id = "CKV_SITECHAT_59"
    title = "Terraform must not force a deletion or a replacement that AWS refuses"
    fix = "remove force_delete, force_destroy or force_overwrite_replica_secret"
    resources = (
        "aws_cloudwatch_event_rule",
        "aws_cloudwatch_event_target",
        "aws_ecs_service",
        "aws_s3_object",
        "aws_secretsmanager_secret",
    )
    attributes = _SWITCHES

    def broken(self, conf: Conf) -> bool:
        return any(value(conf, switch) in (True, "true") for switch in _SWITCHES)


check = ForcedChanges()
