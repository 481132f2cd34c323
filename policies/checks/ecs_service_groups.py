"""Without groups of its own a task joins the default one of its VPC; CKV2_AWS_5 only misses the group nobody uses."""

from __future__ import annotations

from policies.rule import Conf, Rule, blocks, listed, value


class EcsServiceGroups(Rule):
    check_id = "CKV_SITECHAT_34"
    title = "A service must name the security groups of its tasks"
    fix = "set network_configuration.security_groups"
    resources = ("aws_ecs_service",)
    attributes = ("network_configuration/security_groups",)

    def broken(self, conf: Conf) -> bool:
        networks = blocks(conf, "network_configuration")
        return not any(listed(value(each, "security_groups")) for each in networks)


check = EcsServiceGroups()
