"""Managed rules can be overridden one by one, which CKV_SITECHAT_52, about the group as a whole, doesn't see."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value

_GROUP = "managed_rule_group_statement"
# Rules about the sender (VPN, Tor), not the request: some sites want these visitors.
_MAY_COUNT = frozenset({"AWSManagedRulesAnonymousIpList"})


class WafManagedActions(Rule):
    check_id = "CKV_SITECHAT_69"
    title = "Rules of a managed group must keep their action, but for those about bodies and anonymous addresses"
    fix = "remove the rule_action_override, or leave it to the rules called *_BODY and AWSManagedRulesAnonymousIpList"
    resources = ("aws_wafv2_web_acl",)
    attributes = (f"rule/statement/{_GROUP}/rule_action_override",)

    def broken(self, conf: Conf) -> bool:
        return any(
            not _kept(group, override)
            for rule in nested_blocks(conf, "rule")
            for statement in nested_blocks(rule, "statement")
            for group in nested_blocks(statement, _GROUP)
            for override in nested_blocks(group, "rule_action_override")
        )


def _kept(group: Conf, override: Conf) -> bool:
    actions = nested_blocks(override, "action_to_use")
    if any(nested_blocks(action, "allow") for action in actions):
        return False
    weaker = any(nested_blocks(action, "count") for action in actions)
    return not weaker or value(group, "name") in _MAY_COUNT or str(value(override, "name")).endswith("_BODY")


check = WafManagedActions()
