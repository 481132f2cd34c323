"""Load balancers without security groups of their own get the default group of their VPC."""

from __future__ import annotations

from policies.rule import Conf, Rule, value
from terraform_json.blocks import listed


class AlbGroups(Rule):
    check_id = "CKV_SITECHAT_42"
    title = "A load balancer must name its security groups"
    fix = "set security_groups"
    resources = ("aws_lb",)
    attributes = ("security_groups",)

    def broken(self, conf: Conf) -> bool:
        return not listed(value(conf, "security_groups"))


check = AlbGroups()
