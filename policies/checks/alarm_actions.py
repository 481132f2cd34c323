"""CKV_AWS_319 checks actions_enabled alone; an alarm without an action notifies nobody either."""

from __future__ import annotations

from policies.rule import Conf, Rule, value
from terraform_json.blocks import listed


class AlarmActions(Rule):
    check_id = "CKV_SITECHAT_10"
    title = "An alarm must act"
    fix = "set alarm_actions to the topic of its region"
    resources = ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm")
    attributes = ("alarm_actions",)

    def broken(self, conf: Conf) -> bool:
        return not listed(value(conf, "alarm_actions"))


check = AlarmActions()
