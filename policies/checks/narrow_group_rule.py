"""CKV_AWS_382 refuses "all ports to everywhere" only; this rule asks for a peer, a protocol and one port."""

from __future__ import annotations

from policies.rule import Conf, Rule, value

_PEERS = ("referenced_security_group_id", "prefix_list_id", "cidr_ipv4", "cidr_ipv6")


class NarrowGroupRule(Rule):
    check_id = "CKV_SITECHAT_50"
    title = "A security group rule must open one port of one protocol to a peer it names"
    fix = (
        "set ip_protocol to tcp or udp, from_port and to_port to the same port, and the group or prefix list it is for"
    )
    resources = ("aws_vpc_security_group_egress_rule", "aws_vpc_security_group_ingress_rule")
    attributes = ("ip_protocol", "from_port", "to_port", *_PEERS)

    def broken(self, conf: Conf) -> bool:
        first, last = value(conf, "from_port"), value(conf, "to_port")
        one_port = first is not None and str(first) == str(last)
        named = any(value(conf, peer) for peer in _PEERS)
        return str(value(conf, "ip_protocol")) not in ("tcp", "udp", "6", "17") or not one_port or not named


check = NarrowGroupRule()
