"""CKV2_AWS_11 accepts any flow log, also one of rejected traffic only, which doesn't show what got through."""

from __future__ import annotations

from policies.rule import Conf, Rule, value


class FlowLogAll(Rule):
    check_id = "CKV_SITECHAT_21"
    title = "A flow log must record accepted and rejected traffic"
    fix = 'set traffic_type to "ALL"'
    resources = ("aws_flow_log",)
    attributes = ("traffic_type",)

    def broken(self, conf: Conf) -> bool:
        return bool(value(conf, "traffic_type") != "ALL")


check = FlowLogAll()
