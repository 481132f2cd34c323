"""CKV_AWS_24, 25, 260 and 277 check single ports. Here only CloudFront may be reached from the internet."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value
from terraform_json.blocks import listed

_ANYWHERE = {"0.0.0.0/0", "::/0"}
_KEYS = ("cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6")


class OpenIngress(Rule):
    check_id = "CKV_SITECHAT_9"
    title = "A security group must not let the internet in, on any port"
    fix = "allow a security group or a prefix list instead of 0.0.0.0/0 or ::/0"
    resources = (
        "aws_default_security_group",
        "aws_security_group",
        "aws_security_group_rule",
        "aws_vpc_security_group_ingress_rule",
    )
    attributes = (*_KEYS, *(f"ingress/{key}" for key in _KEYS))

    def broken(self, conf: Conf) -> bool:
        rules = [] if value(conf, "type") == "egress" else [conf, *nested_blocks(conf, "ingress")]
        return any(_ANYWHERE & set(map(str, listed(value(rule, key)))) for rule in rules for key in _KEYS)


check = OpenIngress()
