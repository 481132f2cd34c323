"""Without groups of its own a load balancer joins the default one of its VPC."""

from __future__ import annotations

from policies.rule import Conf, Rule, listed, value


class AlbGroups(Rule):
    check_id = "CKV_SITECHAT_42"
    title = "A load balancer must name its security groups"
    fix = "set security_groups"
    resources = ("aws_lb",)
    attributes = ("security_groups",)

    def broken(self, conf: Conf) -> bool:
        return not listed(value(conf, "security_groups"))


check = AlbGroups()
