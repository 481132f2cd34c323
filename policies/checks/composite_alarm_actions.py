"""CKV_AWS_319 asks it of alarms on metrics alone."""

from __future__ import annotations

from policies.rule import Conf, Rule, value


class CompositeAlarmActions(Rule):
    check_id = "CKV_SITECHAT_76"
    title = "An alarm on other alarms must tell people"
    fix = "leave actions_enabled out, or set it to true"
    resources = ("aws_cloudwatch_composite_alarm",)
    attributes = ("actions_enabled",)

    def broken(self, conf: Conf) -> bool:
        return value(conf, "actions_enabled") in (False, "false")


check = CompositeAlarmActions()
