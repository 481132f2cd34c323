"""Passwords that their user can't change stay known to whoever set them; checkov checks their strength only."""

from __future__ import annotations

from policies.rule import Conf, Rule, value


class OwnPassword(Rule):
    check_id = "CKV_SITECHAT_63"
    title = "Users must be able to change their own password"
    fix = "set allow_users_to_change_password"
    resources = ("aws_iam_account_password_policy",)
    attributes = ("allow_users_to_change_password",)

    def broken(self, conf: Conf) -> bool:
        return value(conf, "allow_users_to_change_password", True) in (False, "false")


check = OwnPassword()
