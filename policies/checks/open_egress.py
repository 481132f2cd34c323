"""Egress to any address is a way out for stolen data; HTTPS, which every AWS service speaks, is enough."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value
from terraform_json.blocks import listed

_ANYWHERE = {"0.0.0.0/0", "::/0"}
_KEYS = ("cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6")
_HTTPS = "443"
_IPV6 = ("ipv6_cidr_blocks", "cidr_ipv6")


class OpenEgress(Rule):
    check_id = "CKV_SITECHAT_51"
    title = "A security group must let nothing but HTTPS over IPv4 out to the internet"
    fix = "name a group or prefix list, or open port 443 alone; the VPC has no IPv6"
    resources = (
        "aws_default_security_group",
        "aws_security_group",
        "aws_security_group_rule",
        "aws_vpc_security_group_egress_rule",
    )
    attributes = (*_KEYS, *(f"egress/{key}" for key in _KEYS))

    def broken(self, conf: Conf) -> bool:
        rules = [] if value(conf, "type") == "ingress" else [conf, *nested_blocks(conf, "egress")]
        return any(_anywhere(rule, _KEYS) and (_anywhere(rule, _IPV6) or not _https(rule)) for rule in rules)


def _anywhere(rule: Conf, keys: tuple[str, ...]) -> bool:
    return any(_ANYWHERE & set(map(str, listed(value(rule, key)))) for key in keys)


def _https(rule: Conf) -> bool:
    return str(value(rule, "from_port")) == str(value(rule, "to_port")) == _HTTPS


check = OpenEgress()
