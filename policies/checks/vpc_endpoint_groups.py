"""Interface endpoints without security groups of their own get the default group of their VPC."""

from __future__ import annotations

from policies.rule import Conf, Rule, value
from terraform_json.blocks import listed


class VpcEndpointGroups(Rule):
    check_id = "CKV_SITECHAT_61"
    title = "An interface endpoint must name its security groups"
    fix = "set security_group_ids"
    resources = ("aws_vpc_endpoint",)
    attributes = ("security_group_ids",)

    def broken(self, conf: Conf) -> bool:
        return value(conf, "vpc_endpoint_type") == "Interface" and not listed(value(conf, "security_group_ids"))


check = VpcEndpointGroups()
