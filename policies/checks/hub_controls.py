"""Security Hub standards gain new controls over time; without auto_enable_controls they stay off."""

from __future__ import annotations

from policies.rule import Conf, Rule, value


class HubControls(Rule):
    check_id = "CKV_SITECHAT_49"
    title = "Security Hub must take up new controls of its standards"
    fix = "leave auto_enable_controls on"
    resources = ("aws_securityhub_account",)
    attributes = ("auto_enable_controls",)

    def broken(self, conf: Conf) -> bool:
        return value(conf, "auto_enable_controls", True) in (False, "false")


check = HubControls()
