"""CKV_AWS_342 asks for some action; a rule that counts instead of blocking looks like one that protects."""

from __future__ import annotations

from policies.rule import Conf, Rule, blocks


class WafRuleActs(Rule):
    check_id = "CKV_SITECHAT_52"
    title = "A rule of a web ACL must block, or leave a managed group to block"
    fix = "give a rule of your own the action block, a managed group the override_action none"
    resources = ("aws_wafv2_web_acl",)
    attributes = ("rule/action/block", "rule/override_action/none")

    def broken(self, conf: Conf) -> bool:
        return any(not _acts(rule) for rule in blocks(conf, "rule"))


def _acts(rule: Conf) -> bool:
    """Plans hold every kind of action, those that aren't set as empty lists."""
    own = [
        kind for action in blocks(rule, "action") for kind in ("block", "captcha", "challenge") if blocks(action, kind)
    ]
    return bool(own) or any(blocks(action, "none") for action in blocks(rule, "override_action"))


check = WafRuleActs()
