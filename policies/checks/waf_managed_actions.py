"""A managed group whose rules are overridden one by one looks like one that protects; CKV_SITECHAT_52 sees it whole."""

from __future__ import annotations

from policies.rule import Conf, Rule, blocks, value

_GROUP = "managed_rule_group_statement"
# Rules about who sends a request, not about what it does: some sites want these people, too.
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
            for rule in blocks(conf, "rule")
            for statement in blocks(rule, "statement")
            for group in blocks(statement, _GROUP)
            for override in blocks(group, "rule_action_override")
        )


def _kept(group: Conf, override: Conf) -> bool:
    actions = blocks(override, "action_to_use")
    if any(blocks(action, "allow") for action in actions):
        return False
    weaker = any(blocks(action, "count") for action in actions)
    return not weaker or value(group, "name") in _MAY_COUNT or str(value(override, "name")).endswith("_BODY")


check = WafManagedActions()
