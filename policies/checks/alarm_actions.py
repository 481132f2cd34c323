"""CKV_AWS_319 checks actions_enabled alone; an alarm without an action notifies nobody either.

Of one whose description names a composite alarm PROOF_UNHEARD_ALARM shows that this looks at it, and tells people.
"""

from __future__ import annotations

from config.alarm_text import read_alarm_text
from policies.rule import Conf, Rule, value
from terraform_json.blocks import listed


class AlarmActions(Rule):
    check_id = "CKV_SITECHAT_10"
    title = "An alarm must act"
    fix = "set alarm_actions to the topic of its region, or have a composite alarm look at it"
    resources = ("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm")
    attributes = ("alarm_actions", "alarm_description")

    def broken(self, conf: Conf) -> bool:
        told_by = read_alarm_text(str(value(conf, "alarm_description", ""))).told_by
        return not listed(value(conf, "alarm_actions")) and not told_by


check = AlarmActions()
