"""Flow logs without a named destination go to a log group that AWS creates without key and retention."""

from __future__ import annotations

from policies.rule import Conf, Rule, value


class FlowLogDestination(Rule):
    check_id = "CKV_SITECHAT_37"
    title = "A flow log must name its destination"
    fix = "set log_destination to an encrypted log group or bucket"
    resources = ("aws_flow_log",)
    attributes = ("log_destination",)

    def broken(self, conf: Conf) -> bool:
        return not value(conf, "log_destination")


check = FlowLogDestination()
