"""CKV_AWS_229 to 232 check single inbound ports; here an ACL may open web ports and those of answers to the world."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, unread, value

_SIDES = ("ingress", "egress")
_KEYS = ("cidr_block", "ipv6_cidr_block", "protocol", "from_port", "to_port")
_CLIENTS_FROM = 1024
_REMOTE_DESKTOP = 3389
_WEB = {(80, 80), (443, 443)}


class AclPorts(Rule):
    check_id = "CKV_SITECHAT_45"
    title = "A network ACL must let the world through to web ports and to the ports of answers only"
    fix = "allow tcp 443, and 1024-3388 and 3390-65535 for answers; keep everything else to private ranges"
    resources = ("aws_network_acl",)
    attributes = tuple(f"{side}/{key}" for side in _SIDES for key in _KEYS)

    def broken(self, conf: Conf) -> bool:
        return any(_too_wide(entry) for side in _SIDES for entry in nested_blocks(conf, side))


def _too_wide(entry: Conf) -> bool:
    network = value(entry, "cidr_block") or value(entry, "ipv6_cidr_block")
    if value(entry, "action") != "allow" or unread(network) or network not in ("0.0.0.0/0", "::/0"):
        return False
    first, last = int(value(entry, "from_port", 0)), int(value(entry, "to_port", 0))
    web = (first, last) in _WEB
    answers = _CLIENTS_FROM <= first <= last and not first <= _REMOTE_DESKTOP <= last
    return value(entry, "protocol") not in ("tcp", "6") or not (web or answers)


check = AclPorts()
