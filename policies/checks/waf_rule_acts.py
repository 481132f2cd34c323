"""CKV_AWS_342 accepts any action, also a rule that only counts and therefore blocks nothing."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks


class WafRuleActs(Rule):
    check_id = "CKV_SITECHAT_52"
    title = "A rule of a web ACL must block, or leave a managed group to block"
    fix = "give a rule of your own the action block, a managed group the override_action none"
    resources = ("aws_wafv2_web_acl",)
    attributes = ("rule/action/block", "rule/override_action/none")

    def broken(self, conf: Conf) -> bool:
        return any(not _acts(rule) for rule in nested_blocks(conf, "rule"))


def _acts(rule: Conf) -> bool:
    """Whether a rule blocks or challenges. Plans hold every kind of action, unset ones as empty lists."""
    own = [
        kind
        for action in nested_blocks(rule, "action")
        for kind in ("block", "captcha", "challenge")
        if nested_blocks(action, kind)
    ]
    return bool(own) or any(nested_blocks(action, "none") for action in nested_blocks(rule, "override_action"))


check = WafRuleActs()
