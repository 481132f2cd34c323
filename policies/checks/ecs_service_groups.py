"""Tasks without security groups of their own get the default group of their VPC; CKV2_AWS_5 only finds unused ones."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value
from terraform_json.blocks import listed


class EcsServiceGroups(Rule):
    check_id = "CKV_SITECHAT_34"
    title = "A service must name the security groups of its tasks"
    fix = "set network_configuration.security_groups"
    resources = ("aws_ecs_service",)
    attributes = ("network_configuration/security_groups",)

    def broken(self, conf: Conf) -> bool:
        networks = nested_blocks(conf, "network_configuration")
        return not any(listed(value(each, "security_groups")) for each in networks)


check = EcsServiceGroups()
