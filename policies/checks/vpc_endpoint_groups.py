"""An interface endpoint without groups of its own gets the default one of its VPC."""

from __future__ import annotations

from policies.rule import Conf, Rule, listed, value


class VpcEndpointGroups(Rule):
    check_id = "CKV_SITECHAT_61"
    title = "An interface endpoint must name its security groups"
    fix = "set security_group_ids"
    resources = ("aws_vpc_endpoint",)
    attributes = ("security_group_ids",)

    def broken(self, conf: Conf) -> bool:
        return value(conf, "vpc_endpoint_type") == "Interface" and not listed(value(conf, "security_group_ids"))


check = VpcEndpointGroups()
